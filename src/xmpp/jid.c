/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Addresses as servers prepare them: RFC 6122 with its stringprep profiles, which Prosody and
 * ejabberd still use. Code points that are younger than Unicode 3.2 are let through, or nobody
 * could have an emoji in their nickname.
 */
#include "xmpp/jid.h"

#include "util/mem.h"
#include "util/text.h"

#include <arpa/inet.h>
#include <stdint.h>
#include <string.h>
#include <stringprep.h>

enum part { LOCAL = 1, DOMAIN = 2, RESOURCE = 4 };

/* While it is prepared, a part may be longer. */
enum { WORK_BYTES = 4 * JID_PART_MAX_BYTES };

/* In which parts an ASCII character may stand. */
static const uint8_t allowed[256] = {
	[' '] = RESOURCE,
	['!'] = LOCAL | RESOURCE,
	['"'] = RESOURCE,
	['#' ... '%'] = LOCAL | RESOURCE,
	['&' ... '\''] = RESOURCE,
	['(' ... ','] = LOCAL | RESOURCE,
	['-' ... '.'] = LOCAL | DOMAIN | RESOURCE,
	['/'] = RESOURCE,
	['0' ... '9'] = LOCAL | DOMAIN | RESOURCE,
	[':'] = RESOURCE,
	[';'] = LOCAL | RESOURCE,
	['<'] = RESOURCE,
	['='] = LOCAL | RESOURCE,
	['>'] = RESOURCE,
	['?'] = LOCAL | RESOURCE,
	['@'] = RESOURCE,
	['A' ... 'Z'] = LOCAL | DOMAIN | RESOURCE,
	['[' ... '^'] = LOCAL | RESOURCE,
	['_'] = LOCAL | DOMAIN | RESOURCE,
	['`'] = LOCAL | RESOURCE,
	['a' ... 'z'] = LOCAL | DOMAIN | RESOURCE,
	['{' ... '~'] = LOCAL | RESOURCE,
};

/* A prepared part and its size. */
struct prepared {
	char bytes[JID_PART_MAX_BYTES + 1];
	size_t size;
};

/* Nearly every part is ASCII. False when it is not, or has a character that is not allowed. */
static bool prepare_ascii(enum part part, const char *text, size_t size, struct prepared *out) {
	for (size_t i = 0; i < size; i++) {
		if ((allowed[(unsigned char)text[i]] & part) == 0) {
			return false;
		}
		out->bytes[i] = part == RESOURCE ? text[i] : text_lower(text[i]);
	}
	out->bytes[size] = '\0';
	out->size = size;
	return true;
}

static const Stringprep_profile *profile_of(enum part part) {
	switch (part) {
	case LOCAL: return stringprep_xmpp_nodeprep;
	case DOMAIN: return stringprep_nameprep;
	default: return stringprep_xmpp_resourceprep;
	}
}

/* Looked for before preparing and after, which may bring it about: U+FF0F becomes a slash. */
static bool has_forbidden_ascii(enum part part, const char *text) {
	for (; *text != '\0'; text++) {
		if ((unsigned char)*text < 0x80 && (allowed[(unsigned char)*text] & part) == 0) {
			return true;
		}
	}
	return false;
}

static bool prepare_unicode(enum part part, const char *text, size_t size, struct prepared *out) {
	char work[WORK_BYTES + 1];
	if (!text_is_clean(text, size)) {
		return false;
	}
	memcpy(work, text, size);
	work[size] = '\0';
	if (has_forbidden_ascii(part, work)
			|| stringprep(work, sizeof(work), 0, profile_of(part)) != STRINGPREP_OK) {
		return false;
	}
	size_t prepared_size = strlen(work);
	if (prepared_size > JID_PART_MAX_BYTES || has_forbidden_ascii(part, work)) {
		return false;
	}
	memcpy(out->bytes, work, prepared_size + 1);
	out->size = prepared_size;
	return true;
}

/* "[::1]" */
static bool prepare_ipv6(const char *text, size_t size, struct prepared *out) {
	struct in6_addr address;
	char literal[INET6_ADDRSTRLEN];
	if (size < 2 || text[size - 1] != ']' || size - 2 >= sizeof(literal)) {
		return false;
	}
	memcpy(literal, text + 1, size - 2);
	literal[size - 2] = '\0';
	if (strlen(literal) != size - 2 || inet_pton(AF_INET6, literal, &address) != 1) {
		return false;
	}
	for (size_t i = 0; i < size; i++) {
		out->bytes[i] = text_lower(text[i]);
	}
	out->bytes[size] = '\0';
	out->size = size;
	return true;
}

/*
 * Labels between single dots; a dot at the end says nothing and goes (RFC 7622 section 3.2). The
 * ideographic full stop is a dot to some and a letter to others, so it is refused.
 */
static bool check_labels(struct prepared *domain) {
	if (domain->size > 0 && domain->bytes[domain->size - 1] == '.') {
		domain->bytes[--domain->size] = '\0';
	}
	return domain->size > 0 && domain->bytes[0] != '.'
			&& domain->bytes[domain->size - 1] != '.' && strstr(domain->bytes, "..") == NULL
			&& strstr(domain->bytes, "\xe3\x80\x82") == NULL;
}

/* A-labels stay as they are: the server knows a domain by the name it uses itself. */
static bool prepare(enum part part, const char *text, size_t size, struct prepared *out) {
	if (size > JID_PART_MAX_BYTES) {
		return false;
	}
	if (part == DOMAIN && size > 0 && text[0] == '[') {
		return prepare_ipv6(text, size, out);
	}
	if (!prepare_ascii(part, text, size, out) && !prepare_unicode(part, text, size, out)) {
		return false;
	}
	return part == DOMAIN ? check_labels(out) : out->size > 0;
}

/*
 * One piece of memory for all: "local", "local@domain" and "local@domain/resource"; the domain and
 * the resource are the ends of the latter two.
 */
static void assemble(struct arena *arena, const struct prepared *local,
		const struct prepared *domain, const struct prepared *resource, struct gw_jid *out) {
	size_t local_size = local != NULL ? local->size + 1 : 0;
	size_t bare_size = local_size + domain->size;
	size_t resource_size = resource != NULL ? bare_size + 1 + resource->size + 1 : 0;
	char *at = arena_alloc(arena, local_size + bare_size + 1 + resource_size);
	*out = (struct gw_jid){ 0 };
	if (local != NULL) {
		out->local = memcpy(at, local->bytes, local->size + 1);
		at += local_size;
		memcpy(at, local->bytes, local->size);
		at[local->size] = '@';
	}
	out->bare = out->full = at;
	out->domain = memcpy(at + local_size, domain->bytes, domain->size + 1);
	if (resource != NULL) {
		at += bare_size + 1;
		out->full = memcpy(at, out->bare, bare_size);
		at[bare_size] = '/';
		out->resource = memcpy(at + bare_size + 1, resource->bytes, resource->size + 1);
	}
}

bool jid_parse(struct arena *arena, const char *text, struct gw_jid *out) {
	const char *slash = strchrnul(text, '/');
	const char *at = memchr(text, '@', (size_t)(slash - text));
	const char *host = at != NULL ? at + 1 : text;
	struct prepared local, domain, resource;
	if (at != NULL && !prepare(LOCAL, text, (size_t)(at - text), &local)) {
		return false;
	}
	if (!prepare(DOMAIN, host, (size_t)(slash - host), &domain)) {
		return false;
	}
	if (*slash == '/' && !prepare(RESOURCE, slash + 1, strlen(slash + 1), &resource)) {
		return false;
	}
	assemble(arena, at != NULL ? &local : NULL, &domain, *slash == '/' ? &resource : NULL, out);
	return true;
}

bool jid_make(struct arena *arena, const char *local, const char *domain, const char *resource,
		struct gw_jid *out) {
	struct prepared prepared_local, prepared_domain, prepared_resource;
	if (local != NULL && !prepare(LOCAL, local, strlen(local), &prepared_local)) {
		return false;
	}
	if (!prepare(DOMAIN, domain, strlen(domain), &prepared_domain)) {
		return false;
	}
	if (resource != NULL && !prepare(RESOURCE, resource, strlen(resource), &prepared_resource)) {
		return false;
	}
	assemble(arena, local != NULL ? &prepared_local : NULL, &prepared_domain,
			resource != NULL ? &prepared_resource : NULL, out);
	return true;
}

bool jid_with_resource(struct arena *arena, const struct gw_jid *jid, const char *resource,
		struct gw_jid *out) {
	struct prepared prepared;
	if (resource != NULL && !prepare(RESOURCE, resource, strlen(resource), &prepared)) {
		return false;
	}
	struct gw_jid bare = { .local = jid->local, .domain = jid->domain, .bare = jid->bare };
	struct gw_jid result = jid_copy(arena, &bare);
	if (resource != NULL) {
		result.full = arena_printf(arena, "%s/%s", result.bare, prepared.bytes);
		result.resource = result.full + strlen(result.bare) + 1;
	}
	*out = result;
	return true;
}

struct gw_jid jid_copy(struct arena *arena, const struct gw_jid *jid) {
	struct gw_jid copy = {
		.local = arena_strdup(arena, jid->local),
		.domain = arena_strdup(arena, jid->domain),
		.resource = arena_strdup(arena, jid->resource),
		.bare = arena_strdup(arena, jid->bare),
	};
	copy.full = jid->resource != NULL ? arena_strdup(arena, jid->full) : copy.bare;
	return copy;
}

bool gw_jid_is_same_account(const struct gw_jid *a, const struct gw_jid *b) {
	return strcmp(a->bare, b->bare) == 0;
}

/* XEP-0106 section 4.1. */
static const struct {
	char c;
	char escaped[4];
} escapes[] = {
	{ ' ', "\\20" }, { '"', "\\22" }, { '&', "\\26" }, { '\'', "\\27" }, { '/', "\\2f" },
	{ ':', "\\3a" }, { '<', "\\3c" }, { '>', "\\3e" }, { '@', "\\40" }, { '\\', "\\5c" },
};

static const char *find_escape(char c) {
	for (size_t i = 0; i < ARRAY_LENGTH(escapes); i++) {
		if (escapes[i].c == c) {
			return escapes[i].escaped;
		}
	}
	return NULL;
}

/*
 * The character that an escape sequence at the start of the text stands for, '\0' when there is
 * none.
 */
static char find_escaped(const char *text) {
	for (size_t i = 0; i < ARRAY_LENGTH(escapes); i++) {
		if (text_starts_with(text, escapes[i].escaped)) {
			return escapes[i].c;
		}
	}
	return '\0';
}

/*
 * Does the text start with what looks like an escape sequence, at the latest when it is lower case?
 */
static bool looks_escaped(const char *text) {
	char start[4] = "";
	for (size_t i = 0; i < 3 && text[i] != '\0'; i++) {
		start[i] = text_lower(text[i]);
	}
	return find_escaped(start) != '\0';
}

const char *jid_escape(struct arena *arena, const char *text) {
	while (*text == ' ') {
		text++;
	}
	size_t size = strlen(text);
	while (size > 0 && text[size - 1] == ' ') {
		size--;
	}
	char *escaped = arena_alloc(arena, size * 3 + 1), *end = escaped;
	for (size_t i = 0; i < size; i++) {
		const char *sequence = find_escape(text[i]);
		if (sequence == NULL || (text[i] == '\\' && !looks_escaped(text + i))) {
			*end++ = text[i];
		} else {
			end = stpcpy(end, sequence);
		}
	}
	*end = '\0';
	return escaped;
}

const char *jid_unescape(struct arena *arena, const char *local) {
	char *text = arena_alloc(arena, strlen(local) + 1), *end = text;
	while (*local != '\0') {
		char c = find_escaped(local);
		*end++ = c != '\0' ? c : *local;
		local += c != '\0' ? 3 : 1;
	}
	*end = '\0';
	return text;
}

static const char *prepare_alone(struct arena *arena, enum part part, const char *text) {
	struct prepared prepared;
	if (!prepare(part, text, strlen(text), &prepared)) {
		return NULL;
	}
	return arena_strndup(arena, prepared.bytes, prepared.size);
}

static bool is_ascii(const struct prepared *part) {
	for (size_t i = 0; i < part->size; i++) {
		if ((unsigned char)part->bytes[i] >= 0x80) {
			return false;
		}
	}
	return true;
}

const char *jid_prepare_local(struct arena *arena, const char *text) {
	struct prepared local;
	bool is_good = prepare(LOCAL, text, strlen(text), &local) && (is_ascii(&local) ||
			stringprep(local.bytes, sizeof(local.bytes), STRINGPREP_NO_UNASSIGNED, stringprep_xmpp_nodeprep) ==
					STRINGPREP_OK);
	return is_good ? arena_strndup(arena, local.bytes, local.size) : NULL;
}

const char *jid_prepare_domain(struct arena *arena, const char *text) {
	return prepare_alone(arena, DOMAIN, text);
}

const char *jid_prepare_resource(struct arena *arena, const char *text) {
	return prepare_alone(arena, RESOURCE, text);
}
