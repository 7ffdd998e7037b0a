/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Every namespace we speak, once. NS_x is an array whose address is known to the parser, so that two namespaces that are
 * both from here compare by pointer first.
 */
#ifndef XML_NS_H
#define XML_NS_H

#include <stddef.h>

#define XML_NAMESPACES(X) \
	X(NS_XML, "http://www.w3.org/XML/1998/namespace") \
	X(NS_STREAM, "http://etherx.jabber.org/streams") \
	X(NS_STREAMS, "urn:ietf:params:xml:ns:xmpp-streams") \
	X(NS_STANZAS, "urn:ietf:params:xml:ns:xmpp-stanzas") \
	X(NS_COMPONENT, "jabber:component:accept") \
	X(NS_CLIENT, "jabber:client") \
	X(NS_ROSTER, "jabber:iq:roster") \
	X(NS_DATA_FORM, "jabber:x:data") \
	X(NS_DATA_VALIDATE, "http://jabber.org/protocol/xdata-validate") \
	X(NS_DATA_MEDIA, "urn:xmpp:media-element") \
	X(NS_LAST_ACTIVITY, "jabber:iq:last") \
	X(NS_DISCO_INFO, "http://jabber.org/protocol/disco#info") \
	X(NS_DISCO_ITEMS, "http://jabber.org/protocol/disco#items") \
	X(NS_COMMANDS, "http://jabber.org/protocol/commands") \
	X(NS_VCARD_TEMP, "vcard-temp") \
	X(NS_VCARD_UPDATE, "vcard-temp:x:update") \
	X(NS_VCARD4, "urn:ietf:params:xml:ns:vcard-4.0") \
	X(NS_SEARCH, "jabber:iq:search") \
	X(NS_RSM, "http://jabber.org/protocol/rsm") \
	X(NS_PUBSUB, "http://jabber.org/protocol/pubsub") \
	X(NS_PUBSUB_EVENT, "http://jabber.org/protocol/pubsub#event") \
	X(NS_PUBSUB_OWNER, "http://jabber.org/protocol/pubsub#owner") \
	X(NS_OOB, "jabber:x:oob") \
	X(NS_REGISTER, "jabber:iq:register") \
	X(NS_AVATAR_DATA, "urn:xmpp:avatar:data") \
	X(NS_AVATAR_METADATA, "urn:xmpp:avatar:metadata") \
	X(NS_CHAT_STATES, "http://jabber.org/protocol/chatstates") \
	X(NS_VERSION, "jabber:iq:version") \
	X(NS_GATEWAY, "jabber:iq:gateway") \
	X(NS_CAPS, "http://jabber.org/protocol/caps") \
	X(NS_NICK, "http://jabber.org/protocol/nick") \
	X(NS_RECEIPTS, "urn:xmpp:receipts") \
	X(NS_PING, "urn:xmpp:ping") \
	X(NS_TIME, "urn:xmpp:time") \
	X(NS_DELAY, "urn:xmpp:delay") \
	X(NS_BOB, "urn:xmpp:bob") \
	X(NS_CONFERENCE, "jabber:x:conference") \
	X(NS_CARBONS, "urn:xmpp:carbons:2") \
	X(NS_FORWARD, "urn:xmpp:forward:0") \
	X(NS_HASHES, "urn:xmpp:hashes:2") \
	X(NS_CORRECT, "urn:xmpp:message-correct:0") \
	X(NS_MAM, "urn:xmpp:mam:2") \
	X(NS_IDLE, "urn:xmpp:idle:1") \
	X(NS_CHAT_MARKERS, "urn:xmpp:chat-markers:0") \
	X(NS_HINTS, "urn:xmpp:hints") \
	X(NS_PRIVILEGE_1, "urn:xmpp:privilege:1") \
	X(NS_PRIVILEGE_2, "urn:xmpp:privilege:2") \
	X(NS_STANZA_ID, "urn:xmpp:sid:0") \
	X(NS_UPLOAD, "urn:xmpp:http:upload:0") \
	X(NS_REFERENCE, "urn:xmpp:reference:0") \
	X(NS_SIMS, "urn:xmpp:sims:1") \
	X(NS_FILE_TRANSFER, "urn:xmpp:jingle:apps:file-transfer:5") \
	X(NS_CAPS2, "urn:xmpp:caps") \
	X(NS_RETRACT, "urn:xmpp:message-retract:1") \
	X(NS_RETRACT_0, "urn:xmpp:message-retract:0") \
	X(NS_FASTEN, "urn:xmpp:fasten:0") \
	X(NS_FALLBACK, "urn:xmpp:fallback:0") \
	X(NS_REACTIONS, "urn:xmpp:reactions:0") \
	X(NS_FILE_METADATA, "urn:xmpp:file:metadata:0") \
	X(NS_SFS, "urn:xmpp:sfs:0") \
	X(NS_URL_DATA, "http://jabber.org/protocol/url-data") \
	X(NS_REPLY, "urn:xmpp:reply:0") \
	X(NS_MDS, "urn:xmpp:mds:displayed:0") \
	X(NS_EME, "urn:xmpp:eme:0") \
	X(NS_OMEMO, "eu.siacs.conversations.axolotl") \
	X(NS_OMEMO2, "urn:xmpp:omemo:2") \
	X(NS_OPENPGP, "urn:xmpp:openpgp:0") \
	X(NS_MUC, "http://jabber.org/protocol/muc") \
	X(NS_MUC_USER, "http://jabber.org/protocol/muc#user") \
	X(NS_MUC_ADMIN, "http://jabber.org/protocol/muc#admin") \
	X(NS_MUC_OWNER, "http://jabber.org/protocol/muc#owner")

#define XML_DECLARE_NAMESPACE(name, uri) extern const char name[sizeof(uri)];
XML_NAMESPACES(XML_DECLARE_NAMESPACE)
#undef XML_DECLARE_NAMESPACE

/* The constant for this namespace, or NULL. */
const char *ns_find(const char *uri);
const char *ns_find_sized(const char *uri, size_t size);

#endif
