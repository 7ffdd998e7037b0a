/* SPDX-License-Identifier: MPL-2.0 */
/* The user's clients: a short list, kept as presences come in. */
#include "gateway/resources.h"

#include "util/mem.h"
#include "util/text.h"

#include <gangway/module.h>
#include <stdlib.h>
#include <string.h>

static void resource_free(struct resource *resource) {
	free(resource->name);
	free(resource->text);
	free(resource);
}

void resources_finish(struct resources *resources) {
	while (resources->first) {
		struct resource *next = resources->first->next;
		resource_free(resources->first);
		resources->first = next;
	}
	resources->count = 0;
}

static bool is_same_text(const char *a, const char *b) {
	return a == b || (a && b && strcmp(a, b) == 0);
}

/* Networks show a line of it. */
static char *shortened(const char *text) {
	return text ? mem_strndup(text, text_cut(text, strlen(text), STATUS_MAX_BYTES)) : NULL;
}

/* Where it stands, or the end of the list. */
static struct resource **find_slot(struct resources *resources, const char *name) {
	struct resource **slot = &resources->first;
	while (*slot && strcmp((*slot)->name, name) != 0) {
		slot = &(*slot)->next;
	}
	return slot;
}

bool resources_have(struct resources *resources, const char *name) {
	const struct resource *resource = *find_slot(resources, name);
	return resource && !resource->is_doubtful;
}

bool resources_set(struct resources *resources, const char *name, enum gw_show show, const char *text, int priority) {
	struct resource **slot = find_slot(resources, name);
	resources->are_shown = true;
	bool is_new = !*slot;
	if (is_new) {
		if (resources->count >= RESOURCES_MAX) {
			return false;
		}
		*slot = mem_new(sizeof(**slot));
		(*slot)->name = mem_strdup(name);
		resources->count++;
	}
	struct resource *resource = *slot;
	char *line = shortened(text);
	bool is_changed = is_new || resource->show != show || resource->priority != priority ||
			!is_same_text(resource->text, line);
	resource->is_doubtful = false;
	resource->show = show;
	resource->priority = priority;
	free(resource->text);
	resource->text = line;
	return is_changed;
}

static void drop(struct resources *resources, struct resource **slot) {
	struct resource *gone = *slot;
	*slot = gone->next;
	resource_free(gone);
	resources->count--;
}

bool resources_remove(struct resources *resources, const char *name) {
	struct resource **slot = find_slot(resources, name);
	bool was_there = *slot != NULL;
	if (was_there) {
		drop(resources, slot);
	}
	return was_there;
}

void resources_doubt(struct resources *resources) {
	for (struct resource *one = resources->first; one; one = one->next) {
		one->is_doubtful = true;
	}
}

bool resources_drop_doubtful(struct resources *resources) {
	unsigned before = resources->count;
	for (struct resource **slot = &resources->first; *slot;) {
		if ((*slot)->is_doubtful) {
			drop(resources, slot);
		} else {
			slot = &(*slot)->next;
		}
	}
	return resources->count < before;
}

struct gw_user_presence resources_merge(const struct resources *resources) {
	struct gw_user_presence merged = { .show = GW_SHOW_OFFLINE, .resource_count = resources->count };
	const struct resource *shown = NULL, *speaking = NULL;
	for (const struct resource *one = resources->first; one; one = one->next) {
		bool is_plain = one->show == GW_SHOW_AVAILABLE;
		bool was_plain = shown && shown->show == GW_SHOW_AVAILABLE;
		if (!shown || (is_plain && !was_plain) || (is_plain == was_plain && one->priority > shown->priority)) {
			shown = one;
		}
		if (one->text && (!speaking || one->priority > speaking->priority)) {
			speaking = one;
		}
	}
	if (shown) {
		merged.show = shown->show;
		merged.text = speaking ? speaking->text : NULL;
	}
	return merged;
}
