/* SPDX-License-Identifier: MPL-2.0 */
/* Nicknames and contacts. */
#include "session.h"

#include "convert.h"
#include "memory.h"
#include "settings.h"

#include <stdio.h>
#include <strings.h>
#include <uthash.h>
#include <utlist.h>

enum {
	ID_MAX = 2 * IRC_NAME_MAX,
	STRANGERS_MAX = 1000,      /* new contacts that others may make in a day, however often the server ends the connection */
	ALL_STRANGERS_MAX = 10000, /* and in one life of the process: they stay in memory */
	DAY_MS = 24 * 3600 * 1000,
};

static bool is_fixed(const struct irc_session *mine) {
	const struct irc_gateway *admin = gw_gateway_data(gw_session_gateway(mine->session));
	return admin->server != NULL;
}

/* juliet%irc.example.org */
static bool make_id(const struct irc_session *mine, const char *nick, char *out, size_t size) {
	char name[IRC_NAME_MAX];
	if (mine->host == NULL || !irc_casemap_address(nick, name, sizeof(name))) {
		return false;
	}
	int written = is_fixed(mine) ? snprintf(out, size, "%s", name) : snprintf(out, size, "%s%%%s", name, mine->host);
	return written > 0 && (size_t)written < size;
}

/* The nickname in an id; false when it is none of this user's server. */
static bool nick_of_id(const struct irc_session *mine, const char *id, char *out, size_t size) {
	size_t nick_size = strlen(id);
	if (!is_fixed(mine)) {
		const char *percent = strrchr(id, '%');
		if (percent == NULL || mine->host == NULL || strcasecmp(percent + 1, mine->host) != 0) {
			return false;
		}
		nick_size = (size_t)(percent - id);
	}
	if (nick_size >= size) {
		return false;
	}
	memcpy(out, id, nick_size);
	out[nick_size] = '\0';
	return irc_is_contact_nick(out);
}

bool irc_is_contact_id(struct gw_session *session, const char *id) {
	char nick[IRC_NAME_MAX];
	return nick_of_id(gw_session_data(session), id, nick, sizeof(nick));
}

/*
 * Is this how the one with that nickname in their address writes it? Addresses know no capitals, of whatever alphabet; many
 * networks tell them apart beyond ASCII.
 */
static bool is_spelling_of(enum irc_casemap casemap, const char *name, const char *nick) {
	char address[IRC_NAME_MAX];
	return irc_casemap_equal(casemap, name, nick)
			|| (irc_casemap_address(name, address, sizeof(address)) && strcmp(address, nick) == 0);
}

/* The name is the nickname as it was seen last; where it is not the id's any more, the id holds. */
bool irc_contact_nick(struct irc_session *mine, const struct gw_contact *contact, char *out, size_t size) {
	if (!nick_of_id(mine, gw_contact_id(contact), out, size)) {
		return false;
	}
	const char *name = gw_contact_name(contact);
	enum irc_casemap casemap = mine->client != NULL ? irc_client_isupport(mine->client)->casemap : IRC_CASEMAP_ASCII;
	if (name != NULL && irc_is_contact_nick(name) && strlen(name) < size && is_spelling_of(casemap, name, out)) {
		memcpy(out, name, strlen(name) + 1);
	}
	return true;
}

/* Names with these may be written in two ways. */
static bool has_twins(enum irc_casemap casemap, const char *nick) {
	return (casemap == IRC_CASEMAP_RFC1459 || casemap == IRC_CASEMAP_STRICT) && strpbrk(nick, "[]\\~{}|^") != NULL;
}

/* A contact whose name may be written in two ways, by the form in which it can be compared. */
struct irc_twin {
	struct gw_contact *contact;
	UT_hash_handle hh;
	char folded[IRC_NAME_MAX];
};

void irc_people_forget_twins(struct irc_session *mine) {
	for (struct irc_twin *twin, *next = mine->twins; (twin = next) != NULL;) {
		next = twin->hh.next;
		HASH_DEL(mine->twins, twin);
		free(twin);
	}
	mine->newest = NULL;
}

static struct irc_twin *find_folded(struct irc_session *mine, const char *folded) {
	struct irc_twin *twin;
	HASH_FIND_STR(mine->twins, folded, twin);
	return twin;
}

static void note_twin(struct irc_session *mine, struct gw_contact *contact) {
	char nick[IRC_NAME_MAX], folded[IRC_NAME_MAX];
	bool is_one = nick_of_id(mine, gw_contact_id(contact), nick, sizeof(nick)) && has_twins(mine->twins_casemap, nick)
			&& irc_casemap_fold(mine->twins_casemap, nick, folded, sizeof(folded));
	if (is_one && find_folded(mine, folded) == NULL) {
		struct irc_twin *twin = irc_new(sizeof(*twin));
		twin->contact = contact;
		memcpy(twin->folded, folded, strlen(folded) + 1);
		HASH_ADD_STR(mine->twins, folded, twin);
	}
}

/* Contacts come in front of those that are there already, and stay as long as the session. */
static void note_new_contacts(struct irc_session *mine) {
	struct gw_contact *newest = gw_session_next_contact(mine->session, NULL);
	for (struct gw_contact *contact = newest; contact != NULL && contact != mine->newest;) {
		note_twin(mine, contact);
		contact = gw_session_next_contact(mine->session, contact);
	}
	mine->newest = newest;
}

static struct gw_contact *find_twin(struct irc_session *mine, enum irc_casemap casemap, const char *nick) {
	char folded[IRC_NAME_MAX];
	if (mine->twins_casemap != casemap) {
		irc_people_forget_twins(mine);
		mine->twins_casemap = casemap;
	}
	note_new_contacts(mine);
	struct irc_twin *twin = irc_casemap_fold(casemap, nick, folded, sizeof(folded)) ? find_folded(mine, folded) : NULL;
	return twin != NULL ? twin->contact : NULL;
}

static struct gw_contact *find(struct irc_session *mine, const char *nick, const char *id) {
	struct gw_contact *contact = gw_session_find_contact(mine->session, id);
	enum irc_casemap casemap = mine->client != NULL ? irc_client_isupport(mine->client)->casemap : IRC_CASEMAP_ASCII;
	return contact == NULL && has_twins(casemap, nick) ? find_twin(mine, casemap, nick) : contact;
}

struct gw_contact *irc_contact_find(struct irc_session *mine, const char *nick) {
	char id[ID_MAX];
	return make_id(mine, nick, id, sizeof(id)) ? find(mine, nick, id) : NULL;
}

void irc_contact_went(struct gw_contact *contact, const char *nick) {
	struct irc_session *mine = gw_session_data(gw_contact_session(contact));
	struct irc_contact *theirs = gw_contact_data(contact);
	if (theirs->move == NULL) {
		theirs->move = irc_new(sizeof(*theirs->move));
		DL_APPEND(mine->moves, theirs->move);
	}
	char *readable = irc_convert_decode(nick);
	snprintf(theirs->move->nick, sizeof(theirs->move->nick), "%s", readable);
	free(readable);
}

void irc_contact_is_back(struct gw_contact *contact) {
	struct irc_session *mine = gw_session_data(gw_contact_session(contact));
	struct irc_contact *theirs = gw_contact_data(contact);
	theirs->is_away = false;
	if (theirs->move != NULL) {
		DL_DELETE(mine->moves, theirs->move);
		free(theirs->move);
		theirs->move = NULL;
	}
}

void irc_contact_came(struct gw_contact *contact, const char *nick) {
	const struct irc_contact *theirs = gw_contact_data(contact);
	if (theirs->move != NULL && irc_casemap_equal(IRC_CASEMAP_UTF8, theirs->move->nick, nick)) {
		irc_contact_is_back(contact);
	}
}

void irc_people_forget_moves(struct irc_session *mine) {
	for (struct irc_move *move; (move = mine->moves) != NULL;) {
		DL_DELETE(mine->moves, move);
		free(move);
	}
}

static void begin_day(struct irc_session *mine) {
	int64_t now_ms = irc_session_now_ms(mine);
	if (mine->strangers == 0 || now_ms - mine->strangers_since_ms >= DAY_MS) {
		mine->strangers_since_ms = now_ms;
		mine->strangers = 0;
		mine->are_strangers_many = false;
	}
}

static bool is_stranger_too_many(struct irc_session *mine) {
	begin_day(mine);
	if (mine->strangers < STRANGERS_MAX && mine->all_strangers < ALL_STRANGERS_MAX) {
		mine->strangers++;
		mine->all_strangers++;
		return false;
	}
	if (!mine->are_strangers_many) {
		mine->are_strangers_many = true;
		gw_session_tell(mine->session, "More than a thousand people whom you never wrote to have written to you. Messages of "
				"further ones are dropped for a day.");
	}
	return true;
}

struct gw_contact *irc_contact_get(struct irc_session *mine, const char *nick) {
	char id[ID_MAX];
	char *readable = irc_convert_decode(nick);
	struct gw_contact *contact = NULL;
	if (make_id(mine, readable, id, sizeof(id))) {
		contact = find(mine, readable, id);
		if (contact == NULL && !is_stranger_too_many(mine)) {
			contact = gw_session_contact(mine->session, id);
		}
	}
	const char *name = contact != NULL ? gw_contact_name(contact) : NULL;
	if (contact != NULL && (name == NULL || strcmp(name, readable) != 0)) {
		gw_contact_set_name(contact, readable);
	}
	free(readable);
	return contact;
}
