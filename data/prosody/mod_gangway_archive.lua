-- SPDX-License-Identifier: MPL-2.0
-- Lets Gangway find messages in users' archives that were lost on their way to it.
--
-- mod_privilege (of prosody-modules, as of 2023) passes on an IQ in a user's name and its answer. An archive (XEP-0313)
-- answers with one message for each that it found, before its IQ answer, and for those mod_privilege has no way. This module
-- takes such questions before mod_privilege sees them, asks as it would, and forwards the messages in the form in which
-- XEP-0356 forwards the answer. What is allowed stands where it always does: privileged_entities, "iq", "urn:xmpp:mam:2".
--
-- And what is sent to a component that is not connected goes back to the sender by way of their account, so that their archive
-- knows that it was not delivered, as it does of all else that comes back: nobody then takes it for lost, and sends it again.
--
-- To be enabled on the users' host, beside "privilege" and "mam".

local jid = require "util.jid";
local st = require "util.stanza";
local get_module = require "core.modulemanager".get_module;
local user_exists = require "core.usermanager".user_exists;

local xmlns_privilege = "urn:xmpp:privilege:2";
local xmlns_forward = "urn:xmpp:forward:0";
local xmlns_archive = "urn:xmpp:mam:2";

module:depends("privilege");

local function is_granted(session, host)
	local privileges = session.privileges and session.privileges[host];
	local access = privileges and privileges.iq and privileges.iq[xmlns_archive];
	return access and access.set;
end

-- The question within, with the user as its sender; nil when it is not for the user's own archive.
local function read_question(stanza)
	local wrapper = stanza:get_child("privileged_iq", xmlns_privilege);
	local inner = wrapper and #wrapper.tags == 1 and wrapper.tags[1];
	if not inner or inner.name ~= "iq" or inner.attr.xmlns ~= "jabber:client" or #inner.tags ~= 1
			or inner.attr.type ~= "set" or stanza.attr.type ~= "set" or not inner.attr.id then
		return nil;
	end
	local user = stanza.attr.to;
	if (inner.attr.from and inner.attr.from ~= user) or (inner.attr.to and inner.attr.to ~= user) then
		return nil;
	end
	local query = inner.tags[1];
	if query.name ~= "query" or query.attr.xmlns ~= xmlns_archive then
		return nil;
	end
	return st.stanza("iq", { type = "set", id = inner.attr.id, from = user, to = user }):add_child(st.clone(query));
end

local function forward(outer, inner)
	inner = st.clone(inner);
	inner.attr.xmlns = "jabber:client";
	return outer:tag("privilege", { xmlns = xmlns_privilege }):tag("forwarded", { xmlns = xmlns_forward })
		:add_child(inner):reset();
end

module:hook("iq/bare/"..xmlns_privilege..":privileged_iq", function (event)
	local component, stanza = event.origin, event.stanza;
	local user = stanza.attr.to;
	local question = user and read_question(stanza);
	local username, host, resource = jid.split(user);
	if not question or resource or not is_granted(component, host) or not user_exists(username, host) then
		return; -- mod_privilege says what is wrong
	end
	local asker = {
		type = "c2s"; username = username; host = host; full_jid = user; log = module._log;
		send = function (answer)
			if answer.name == "message" then
				component.send(forward(st.message({ from = user, to = stanza.attr.from }), answer));
			elseif answer.name == "iq" and answer.attr.id == question.attr.id then
				component.send(forward(st.reply(stanza), answer));
			end
			return true;
		end;
	};
	if not module:fire_event("iq-set/self/"..xmlns_archive..":query", { origin = asker, stanza = question }) then
		component.send(st.error_reply(stanza, "cancel", "service-unavailable", "There is no archive on this host."));
	end
	return true;
end, 1);

local function is_away(host)
	local component = get_module(host, "component");
	return component and not component.connected;
end

-- In front of mod_component, which answers past the archive.
local function handle_message(event)
	local stanza = event.stanza;
	local _, host = jid.split(stanza.attr.to);
	local _, from_host = jid.split(stanza.attr.from);
	if from_host ~= module.host or stanza.attr.type == "error" or not is_away(host) then
		return;
	end
	module:send(st.error_reply(stanza, "wait", "remote-server-timeout", "The gateway is not connected."));
	return true;
end

local function watch(host)
	for _, kind in ipairs { "bare", "full", "host" } do
		module:hook_object_event(prosody.hosts[host].events, "message/"..kind, handle_message, 1);
	end
end

local components = module:get_option("privileged_entities", {});
for host in pairs(components) do
	if prosody.hosts[host] then
		watch(host);
	end
end
module:hook_global("host-activated", function (host)
	if components[host] then
		watch(host);
	end
end);
