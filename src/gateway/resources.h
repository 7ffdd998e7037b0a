/* SPDX-License-Identifier: MPL-2.0 */
/* The user's clients as the gateway sees them: one entry a resource that sent presence (rows A23, Q12). */
#ifndef GATEWAY_RESOURCES_H
#define GATEWAY_RESOURCES_H

#include <gangway/message.h>
#include <stdbool.h>
#include <stddef.h>

enum { RESOURCES_MAX = 32, STATUS_MAX_BYTES = 1000 };

struct resource {
	struct resource *next;
	char *name;
	enum gw_show show;
	char *text;     /* NULL: none */
	int priority;
	bool is_doubtful; /* not heard of since the link broke */
};

struct resources {
	struct resource *first;
	unsigned count;
	bool are_shown; /* at least one has sent presence in this life: then those that are not here are gone */
};

struct gw_user_presence;

void resources_finish(struct resources *resources);

/* Returns whether anything changed. More than RESOURCES_MAX are not kept, nor more of the text than STATUS_MAX_BYTES. */
bool resources_set(struct resources *resources, const char *name, enum gw_show show, const char *text, int priority);
bool resources_remove(struct resources *resources, const char *name);

/* Is it surely there? Not while the link is away, nor before it has shown itself again. */
bool resources_have(struct resources *resources, const char *name);

/* The link broke: who is still there? Those who have not been set anew when time is up are dropped; were there any? */
void resources_doubt(struct resources *resources);
bool resources_drop_doubtful(struct resources *resources);

/* What the user shows all in all: available if any client is, else the client with the highest priority (Q12). */
struct gw_user_presence resources_merge(const struct resources *resources);

#endif
