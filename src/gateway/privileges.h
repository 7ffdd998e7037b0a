/* SPDX-License-Identifier: MPL-2.0 */
/* What the user's server lets us do in the user's name (XEP-0356, both namespaces), kept per server (rows A9, A10). */
#ifndef GATEWAY_PRIVILEGES_H
#define GATEWAY_PRIVILEGES_H

#include "codec/privilege.h"
#include "gateway/gateway.h"

struct grants *privileges_new(struct gw_gateway *gateway);
void privileges_free(struct grants *grants);

/* The server's advert: replaces what this server granted before in this namespace. */
void privileges_set(struct gw_gateway *gateway, const char *domain, const struct xml_node *message);

/*
 * The link broke: grants are told anew with the next stream. Until they are, messages in users' names are wrapped as before:
 * they wait for the link, as all messages do.
 */
void privileges_link_went(struct gw_gateway *gateway);

/* Has a server that granted something on the last link not told of its grants on this one? */
bool privileges_are_missing(const struct gw_gateway *gateway);
void privileges_link_is_ready(struct gw_gateway *gateway);

/* What is granted for the accounts of this domain. */
bool privileges_may_get_roster(const struct gw_gateway *gateway, const char *domain);
bool privileges_may_set_roster(const struct gw_gateway *gateway, const char *domain);
/* The namespace to wrap messages in users' names in; NULL: not granted. */
const char *privileges_message_ns(const struct gw_gateway *gateway, const char *domain);
bool privileges_may_send_iq(const struct gw_gateway *gateway, const char *domain, const char *ns,
		enum privilege_access access);
/* A server that grants this; NULL: none does. */
const char *privileges_domain_for_iq(const struct gw_gateway *gateway, const char *ns, enum privilege_access access);

#endif
