/* SPDX-License-Identifier: MPL-2.0 */
/*
 * The demo network: a chat service in the gateway's own memory. Everybody who registers has an account by a name of their
 * choice and can write to everybody else; residents answer whoever is alone.
 */
#ifndef DEMO_NETWORK_H
#define DEMO_NETWORK_H

#include <gangway/gangway.h>

enum { ACCOUNT_NAME_MAX = 32 };

struct account {
	struct account *next;
	char name[ACCOUNT_NAME_MAX + 1]; /* lower case: the network's id of the person */
	struct gw_session *session;      /* whose it is; NULL: nobody is connected as this */
	enum gw_show show;
	char text[128];
	int64_t last_seen_ms;            /* 0: here now, or never seen */
	unsigned long long sequence;     /* part of the ids of the messages that this account sent */
};

struct network {
	struct account *accounts;
	char run[24];      /* tells the ids of this run from those of earlier ones */
	unsigned long long next_token;
};

/* 1 to 32 of a-z, 0-9, dot, dash and underscore. The name is lower-cased into `out`. */
bool network_read_name(const char *text, char out[static ACCOUNT_NAME_MAX + 1]);

/* Does the name contain this, in upper or lower case? */
bool network_name_has(const char *name, const char *part);

struct account *network_find(struct network *network, const char *name);

/* The account of this name, made if needed. */
struct account *network_get(struct network *network, const char *name);

/* A session appears on the network or leaves it: those who know it see so. */
void network_connect(struct network *network, struct account *account, struct gw_session *session);
void network_disconnect(struct network *network, struct account *account);
void network_set_presence(struct network *network, struct account *account, const struct gw_user_presence *presence);

/* What the network calls the next message or edit of this account's. */
void network_make_id(const struct network *network, struct account *from, char *out, size_t size);

/*
 * From account to account: a message, an edit, and that a message was taken back. False when the recipient is not
 * connected. `out_id` receives the network's id of the message or the edit.
 */
bool network_send(struct network *network, struct account *from, struct account *to,
		const struct gw_message *message, char *out_id, size_t size);

bool network_correct(struct network *network, struct account *from, struct account *to, const char *id,
		const struct gw_message *message, char *out_id, size_t size);
bool network_retract(const struct account *from, struct account *to, const char *id);

/* The reader has read a message of the writer's. */
void network_displayed(struct account *reader, struct account *writer, const char *id);

void network_finish(struct network *network);

#endif
