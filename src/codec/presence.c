/* SPDX-License-Identifier: MPL-2.0 */
/* The payloads of a presence. */
#include "codec/presence.h"

#include "codec/language.h"
#include "util/mem.h"
#include "util/text.h"
#include "xml/ns.h"

#include <string.h>
#include <time.h>

enum { WEEK_MS = 7 * 24 * 3600 * 1000 };

static const char *const show_names[] = {
	[GW_SHOW_CHAT] = "chat",
	[GW_SHOW_AWAY] = "away",
	[GW_SHOW_XA] = "xa",
	[GW_SHOW_DND] = "dnd",
	[GW_SHOW_OFFLINE] = NULL,
};

const char *show_name(enum gw_show show) {
	return (size_t)show < ARRAY_LENGTH(show_names) ? show_names[show] : NULL;
}

/* A word that RFC 6121 does not know counts as plainly available. */
static enum gw_show read_show(const struct xml_node *presence) {
	const char *type = xml_get(presence, "type");
	if (type != NULL && strcmp(type, "unavailable") == 0) {
		return GW_SHOW_OFFLINE;
	}
	const char *name = xml_child_text(presence, "show", presence->ns);
	for (size_t i = 0; name != NULL && i < ARRAY_LENGTH(show_names); i++) {
		if (show_names[i] != NULL && strcmp(show_names[i], name) == 0) {
			return (enum gw_show)i;
		}
	}
	return GW_SHOW_AVAILABLE;
}

static int read_priority(const struct xml_node *presence) {
	const char *text = xml_child_text(presence, "priority", presence->ns);
	int64_t priority = 0;
	return text != NULL && text_read_integer(text, -128, 127, &priority) ? (int)priority : 0;
}

static void read_caps(const struct xml_node *presence, struct presence_content *out) {
	const struct xml_node *caps = xml_find(presence, "c", NS_CAPS);
	if (caps == NULL || xml_get(caps, "node") == NULL || xml_get(caps, "ver") == NULL ||
			xml_get(caps, "hash") == NULL) {
		return; /* without a hash it is the format from before 2008, which says nothing reliable */
	}
	out->caps_node = xml_get(caps, "node");
	out->caps_ver = xml_get(caps, "ver");
	out->caps_hash = xml_get(caps, "hash");
}

void presence_content_read(const struct xml_node *presence, struct presence_content *out) {
	*out = (struct presence_content){
		.show = read_show(presence),
		.status = text_for_everybody(presence, "status"),
		.priority = read_priority(presence),
		.nick = xml_child_text(presence, "nick", NS_NICK),
	};
	const struct xml_node *idle = xml_find(presence, "idle", NS_IDLE);
	const char *since = idle != NULL ? xml_get(idle, "since") : NULL;
	if (since != NULL) {
		text_read_time(since, &out->idle_since_ms);
	}
	const struct xml_node *update = xml_find(presence, "x", NS_VCARD_UPDATE);
	if (update != NULL) {
		out->photo = xml_child_text(update, "photo", NS_VCARD_UPDATE);
	}
	read_caps(presence, out);
}

/*
 * XEP-0319 does not say that somebody who is not there has no last interaction. Of those, some clients (Conversations)
 * read when the presence was true at first instead.
 */
static void write_idle(struct xml_node *presence, const struct presence_content *content) {
	if (content->idle_since_ms == 0) {
		return;
	}
	const char *since = text_write_time(presence->arena, content->idle_since_ms);
	xml_set(xml_add(presence, "idle", NS_IDLE), "since", since);
	if (content->show == GW_SHOW_OFFLINE) {
		xml_set(xml_add(presence, "delay", NS_DELAY), "stamp", since);
	}
}

static void write_caps(struct xml_node *presence, const struct presence_content *content) {
	if (content->caps_node == NULL || content->caps_ver == NULL) {
		return;
	}
	struct xml_node *caps = xml_add(presence, "c", NS_CAPS);
	xml_set(caps, "hash", content->caps_hash != NULL ? content->caps_hash : "sha-1");
	xml_set(caps, "node", content->caps_node);
	xml_set(caps, "ver", content->caps_ver);
}

void presence_content_write(struct xml_node *presence, const struct presence_content *content) {
	xml_add_text(presence, "show", NULL, show_name(content->show));
	xml_add_text(presence, "status", NULL, content->status);
	if (content->priority != 0) {
		xml_printf(xml_add(presence, "priority", NULL), "%d", content->priority);
	}
	write_idle(presence, content);
	write_caps(presence, content);
	xml_add_text(presence, "nick", NS_NICK, content->nick);
	if (content->photo != NULL) {
		xml_add_text(xml_add(presence, "x", NS_VCARD_UPDATE), "photo", NULL, content->photo);
	}
}

bool presence_is_recent(int64_t last_seen_ms, int64_t now_ms) {
	return now_ms - last_seen_ms < WEEK_MS;
}

const char *presence_status_last_seen(struct arena *arena, const char *status, int64_t last_seen_ms, int64_t now_ms) {
	static const char *const weekdays[] = { "Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday" };
	time_t seconds = (time_t)(last_seen_ms / 1000);
	struct tm utc;
	gmtime_r(&seconds, &utc);
	const char *when = presence_is_recent(last_seen_ms, now_ms) ?
			arena_printf(arena, "%s %02d:%02d GMT", weekdays[utc.tm_wday], utc.tm_hour, utc.tm_min) :
			arena_printf(arena, "%04d-%02d-%02d", utc.tm_year + 1900, utc.tm_mon + 1, utc.tm_mday);
	return status != NULL && *status != '\0' ? arena_printf(arena, "%s -- last seen %s", status, when) :
			arena_printf(arena, "Last seen %s", when);
}
