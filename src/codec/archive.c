/* SPDX-License-Identifier: MPL-2.0 */
/* <query/>, <result/>, <fin/> and <prefs/> */
#include "codec/archive.h"

#include "codec/form.h"
#include "util/text.h"
#include "xml/ns.h"
#include "xmpp/jid.h"

#include <string.h>

void archive_query_write(struct xml_node *iq, const struct archive_query *query) {
	struct xml_node *node = xml_add(iq, "query", NS_MAM);
	xml_set(node, "queryid", query->id);
	struct gw_form *span = gw_form_new();
	gw_form_set(span, "start", text_write_time(iq->arena, query->start_ms));
	gw_form_set(span, "end", text_write_time(iq->arena, query->end_ms));
	form_write_answers(node, "submit", NS_MAM, span);
	gw_form_free(span);
	struct xml_node *set = xml_add(node, "set", NS_RSM);
	xml_add_text(set, "max", NULL, arena_printf(iq->arena, "%u", query->max));
	xml_add_text(set, "after", NULL, query->after);
}

bool archive_result_read(const struct xml_node *message, struct archive_result *out) {
	const struct xml_node *result = xml_find(message, "result", NS_MAM);
	const struct xml_node *forwarded = result ? xml_find(result, "forwarded", NS_FORWARD) : NULL;
	const struct xml_node *delay = forwarded ? xml_find(forwarded, "delay", NS_DELAY) : NULL;
	*out = (struct archive_result){ 0 };
	if (!delay) {
		return false;
	}
	const char *stamp = xml_get(delay, "stamp");
	out->query_id = xml_get(result, "queryid");
	out->id = xml_get(result, "id");
	out->message = xml_find(forwarded, "message", NULL);
	return out->query_id && out->message && stamp && text_read_time(stamp, &out->at_ms);
}

bool archive_end_read(const struct xml_node *fin, struct archive_end *out) {
	*out = (struct archive_end){ 0 };
	if (!fin || !xml_is(fin, "fin", NS_MAM)) {
		return false;
	}
	const char *complete = xml_get(fin, "complete");
	const struct xml_node *set = xml_find(fin, "set", NS_RSM);
	if (complete) {
		text_read_boolean(complete, &out->is_complete);
	}
	out->last = set ? xml_child_text(set, "last", NS_RSM) : NULL;
	return true;
}

void archive_preferences_ask(struct xml_node *iq) {
	xml_add(iq, "prefs", NS_MAM);
}

static bool is_of_domain(const struct xml_node *item, const char *domain) {
	struct arena arena = { 0 };
	struct gw_jid jid;
	bool is_of = jid_parse(&arena, xml_content(item), &jid) && strcmp(jid.domain, domain) == 0;
	arena_finish(&arena);
	return is_of;
}

static bool names_domain(const struct xml_node *list, const char *domain) {
	const struct xml_node *item = list ? xml_find(list, "jid", NS_MAM) : NULL;
	while (item && !is_of_domain(item, domain)) {
		item = xml_find_next(item, "jid", NS_MAM);
	}
	return item != NULL;
}

/* With "roster" it depends on who is in the contact list by now, and with <always/> on who is meant: not all is kept. */
bool archive_preferences_leave_out(const struct xml_node *preferences, const char *domain) {
	if (!preferences || !xml_is(preferences, "prefs", NS_MAM)) {
		return false;
	}
	const char *by_default = xml_get(preferences, "default");
	return (by_default && strcmp(by_default, "always") != 0) ||
			names_domain(xml_find(preferences, "never", NS_MAM), domain);
}
