/* SPDX-License-Identifier: MPL-2.0 */
/*
 * From a host name to addresses: literals and localhost at once, all else by the system's resolver.
 */
#include "net/resolve.h"

#include "net/lookup.h"
#include "util/mem.h"

#include <arpa/inet.h>
#include <idna.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum {
	ADDRESSES_MAX = 16,
	HOST_MAX = 253,
};

struct resolve {
	struct scope_item item;
	struct gw_loop *loop;
	struct lookup_asker *lookup; /* one of these two, while it runs */
	struct gw_timer *soon;
	bool is_done;
	unsigned port;
	const char *error;
	struct sockaddr_storage addresses[ADDRESSES_MAX];
	size_t count;
	void (*resolved)(const struct resolve_result *result, void *data);
	void *data;
};

static void handle_found(const char *error, const struct addrinfo *addresses, void *data);
static void handle_soon(void *data);

static void add_address(struct resolve *resolve, const struct sockaddr *address) {
	if (resolve->count == ADDRESSES_MAX) {
		return;
	}
	struct sockaddr_storage *slot = &resolve->addresses[resolve->count++];
	if (address->sa_family == AF_INET6) {
		memcpy(slot, address, sizeof(struct sockaddr_in6));
		((struct sockaddr_in6 *)slot)->sin6_port = htons((uint16_t)resolve->port);
	} else {
		memcpy(slot, address, sizeof(struct sockaddr_in));
		((struct sockaddr_in *)slot)->sin_port = htons((uint16_t)resolve->port);
	}
}

static const struct addrinfo *next_of_family(const struct addrinfo *address, int family,
		bool same) {
	while (address != NULL) {
		bool is_known = address->ai_family == AF_INET || address->ai_family == AF_INET6;
		if (is_known && (address->ai_family == family) == same) {
			break;
		}
		address = address->ai_next;
	}
	return address;
}

/* RFC 8305 section 4: the family that the system prefers first, then in turns. */
static void add_alternating(struct resolve *resolve, const struct addrinfo *addresses) {
	int family = addresses != NULL ? addresses->ai_family : AF_INET6;
	const struct addrinfo *preferred = next_of_family(addresses, family, true);
	const struct addrinfo *other = next_of_family(addresses, family, false);

	while (preferred != NULL || other != NULL) {
		if (preferred != NULL) {
			add_address(resolve, preferred->ai_addr);
			preferred = next_of_family(preferred->ai_next, family, true);
		}
		if (other != NULL) {
			add_address(resolve, other->ai_addr);
			other = next_of_family(other->ai_next, family, false);
		}
	}
}

/* RFC 6761 section 6.3: this name needs no name service. */
static bool is_localhost(const char *host) {
	size_t size = strlen(host);
	if (size > 0 && host[size - 1] == '.') {
		size--;
	}
	const char *suffix = ".localhost";
	size_t suffix_size = strlen(suffix);
	if (size == suffix_size - 1) {
		return strncasecmp(host, suffix + 1, size) == 0;
	}
	if (size <= suffix_size) {
		return false;
	}
	return strncasecmp(host + size - suffix_size, suffix, suffix_size) == 0;
}

static void add_localhost(struct resolve *resolve) {
	const struct sockaddr_in6 six = { .sin6_family = AF_INET6, .sin6_addr = IN6ADDR_LOOPBACK_INIT };
	const struct sockaddr_in four = {
		.sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
	add_address(resolve, (const struct sockaddr *)&six);
	add_address(resolve, (const struct sockaddr *)&four);
}

/* Also what getaddrinfo() takes for numeric: "fe80::1%eth0", "127.1". */
static bool add_literal(struct resolve *resolve, const char *host) {
	const struct addrinfo hints = { .ai_flags = AI_NUMERICHOST, .ai_socktype = SOCK_STREAM };
	struct addrinfo *addresses;
	if (getaddrinfo(host, NULL, &hints, &addresses) != 0) {
		return false;
	}
	add_alternating(resolve, addresses);
	freeaddrinfo(addresses);
	return true;
}

static void look_up(struct resolve *resolve, const char *host) {
	char *ascii = host_to_ascii(host);
	if (ascii == NULL || ascii[0] == '\0' || strlen(ascii) > HOST_MAX + 1) {
		resolve->error = "this is not a host name";
	} else if (is_localhost(ascii)) {
		add_localhost(resolve);
	} else if (!add_literal(resolve, ascii)) {
		resolve->lookup = lookup_start(resolve->loop, ascii, handle_found, resolve);
		if (resolve->lookup == NULL) {
			resolve->error = "this is not a host name";
		}
	}
	free(ascii);
}

/* Takes it off everything; its memory stays until the end of the turn. */
static void forget(struct resolve *resolve) {
	if (resolve->lookup != NULL) {
		lookup_stop(resolve->lookup);
		resolve->lookup = NULL;
	}
	gw_timer_stop(resolve->soon);
	resolve->soon = NULL;
	resolve->is_done = true;
	scope_remove(&resolve->item);
	loop_free_later(resolve->loop, resolve, NULL);
}

static void finish(struct resolve *resolve) {
	if (resolve->error == NULL && resolve->count == 0) {
		resolve->error = "this host has no address";
	}
	struct resolve_result result = {
		.error = resolve->error,
		.addresses = resolve->addresses,
		.count = resolve->count,
	};
	forget(resolve);
	resolve->resolved(&result, resolve->data);
}

static void cancel(struct resolve *resolve) {
	forget(resolve);
	resolve->resolved(&(struct resolve_result){ .error = "cancelled", .is_cancelled = true },
			resolve->data);
}

static void handle_scope_end(struct scope_item *item) {
	cancel(container_of(item, struct resolve, item));
}

static void handle_closed_already(void *data) {
	struct resolve *resolve = data;
	if (!resolve->is_done) {
		cancel(resolve);
	}
}

struct resolve *resolve_start(struct gw_scope *scope, const char *host, unsigned port,
		void (*resolved)(const struct resolve_result *result, void *data), void *data) {
	struct resolve *resolve = mem_new(sizeof(*resolve));
	resolve->loop = scope->loop;
	resolve->port = port;
	resolve->resolved = resolved;
	resolve->data = data;
	if (!scope_is_open(scope)) {
		loop_cancel_later(scope->loop, handle_closed_already, resolve);
		return resolve;
	}

	scope_add(scope, &resolve->item, handle_scope_end);
	look_up(resolve, host);
	if (resolve->lookup == NULL) {
		resolve->soon = gw_timer_start(scope, 0, handle_soon, resolve);
	}
	return resolve;
}

static void handle_soon(void *data) {
	struct resolve *resolve = data;
	resolve->soon = NULL;
	finish(resolve);
}

static void handle_found(const char *error, const struct addrinfo *addresses, void *data) {
	struct resolve *resolve = data;
	resolve->lookup = NULL;
	resolve->error = error;
	if (error == NULL) {
		add_alternating(resolve, addresses);
	}
	finish(resolve);
}

void resolve_stop(struct resolve *resolve) {
	if (resolve != NULL && !resolve->is_done) {
		forget(resolve);
	}
}

char *host_to_ascii(const char *host) {
	for (const char *c = host; *c != '\0'; c++) {
		if ((unsigned char)*c >= 0x80) {
			char *ascii = NULL;
			return idna_to_ascii_8z(host, &ascii, 0) == IDNA_SUCCESS ? ascii : NULL;
		}
	}
	return mem_strdup(host);
}

/* Which addresses are of the public Internet */

struct range4 {
	uint32_t base;
	unsigned bits;
};

/* The IANA IPv4 special-purpose registry, and multicast. */
static const struct range4 special4[] = {
	{ 0x00000000, 8 },  /* 0.0.0.0: this network */
	{ 0x0a000000, 8 },  /* 10.0.0.0: private */
	{ 0x64400000, 10 }, /* 100.64.0.0: carrier NAT */
	{ 0x7f000000, 8 },  /* 127.0.0.0: loopback */
	{ 0xa9fe0000, 16 }, /* 169.254.0.0: link-local */
	{ 0xac100000, 12 }, /* 172.16.0.0: private */
	{ 0xc0000000, 24 }, /* 192.0.0.0: protocol assignments */
	{ 0xc0000200, 24 }, /* 192.0.2.0: documentation */
	{ 0xc0586300, 24 }, /* 192.88.99.0: 6to4 relays */
	{ 0xc0a80000, 16 }, /* 192.168.0.0: private */
	{ 0xc6120000, 15 }, /* 198.18.0.0: benchmarks */
	{ 0xc6336400, 24 }, /* 198.51.100.0: documentation */
	{ 0xcb007100, 24 }, /* 203.0.113.0: documentation */
	{ 0xe0000000, 3 },  /* 224.0.0.0 and up: multicast, reserved, broadcast */
};

static bool is_public4(const uint8_t bytes[4]) {
	uint32_t address = 0;
	for (size_t i = 0; i < 4; i++) {
		address = address << 8 | bytes[i];
	}
	for (size_t i = 0; i < ARRAY_LENGTH(special4); i++) {
		if ((address ^ special4[i].base) >> (32 - special4[i].bits) == 0) {
			return false;
		}
	}
	return true;
}

struct range6 {
	uint8_t prefix[12];
	unsigned bits;
	int embedded_at; /* where an IPv4 address decides; 0: never public */
};

/*
 * Those that carry an IPv4 address, and the exceptions inside 2000::/3, outside of which nothing is
 * public.
 */
static const struct range6 special6[] = {
	{ { 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff }, 96, 12 }, /* ::ffff:0:0: mapped */
	{ { 0, 0x64, 0xff, 0x9b }, 96, 12 },                      /* 64:ff9b::: NAT64 */
	{ { 0x20, 0x02 }, 16, 2 },                                /* 2002::: 6to4 */
	{ { 0x20, 0x01, 0x0d, 0xb8 }, 32, 0 },                    /* 2001:db8::: documentation */
	{ { 0x20, 0x01, 0, 0 }, 23, 0 },                          /* 2001::: Teredo, ORCHID, ... */
	{ { 0x3f, 0xff, 0 }, 20, 0 },                             /* 3fff::: documentation */
};

static bool starts_with_bits(const uint8_t *bytes, const uint8_t *prefix, unsigned bits) {
	unsigned whole = bits / 8, rest = bits % 8;
	if (memcmp(bytes, prefix, whole) != 0) {
		return false;
	}
	return rest == 0 || (bytes[whole] ^ prefix[whole]) >> (8 - rest) == 0;
}

static bool is_public6(const uint8_t bytes[16]) {
	for (size_t i = 0; i < ARRAY_LENGTH(special6); i++) {
		const struct range6 *range = &special6[i];
		if (starts_with_bits(bytes, range->prefix, range->bits)) {
			return range->embedded_at != 0 && is_public4(bytes + range->embedded_at);
		}
	}
	return bytes[0] >> 5 == 1; /* 2000::/3 */
}

bool address_is_public(const struct sockaddr *address) {
	if (address->sa_family == AF_INET) {
		const struct sockaddr_in *four = (const struct sockaddr_in *)address;
		return is_public4((const uint8_t *)&four->sin_addr);
	}
	if (address->sa_family == AF_INET6) {
		return is_public6(((const struct sockaddr_in6 *)address)->sin6_addr.s6_addr);
	}
	return false;
}
