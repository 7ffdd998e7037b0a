/* SPDX-License-Identifier: MPL-2.0 */
/*
 * Who sent it, whom it addresses, which feature takes it. Resolution happens once, here; handlers get a resolved target
 * and never look an address up again. What nobody takes gets the standard answer.
 */
#ifndef FEATURE_ROUTER_H
#define FEATURE_ROUTER_H

#include "codec/presence.h"
#include "gateway/gateway.h"
#include "xmpp/iq.h"

enum route_kind {
	IQ_GET, IQ_SET,
	MESSAGE,       /* chat, normal, headline and no type; errors have a kind of their own */
	MESSAGE_ERROR,
	PRESENCE,      /* `element` is the presence's type, "available" when it has none */
};

enum addressee {
	TO_GATEWAY = 1, /* the component's own address */
	TO_CONTACT = 2, /* local@component, with or without a resource */
};

enum route_needs {
	NEEDS_USER = 1,   /* else registration-required */
	NEEDS_LOGIN = 2,  /* else recipient-unavailable, with the reason; implies NEEDS_USER */
	NEEDS_ADMIN = 4,  /* else forbidden */
};

/* A stanza with everything known about it. Borrowed for the call; keep the iq with iq_ref() or the stanza with stanza_ref(). */
struct incoming {
	struct gw_gateway *gateway;
	struct stanza *stanza;
	struct iq *iq;                /* IQs only */
	struct xml_node *payload;     /* the element that the route names; NULL when it names none */
	enum addressee addressee;
	struct gw_session *session;   /* of the sender; NULL when not registered */
	struct gw_contact *contact;   /* TO_CONTACT with NEEDS_USER: never NULL */
};

struct route {
	enum route_kind kind;
	unsigned addressees;   /* enum addressee, any of */
	const char *ns;        /* of the payload; a constant of ns.h; NULL for presence and for messages as such */
	const char *element;   /* its name; NULL: any payload of that namespace, or the message itself */
	unsigned needs;        /* enum route_needs */

	/*
	 * Messages: true when this was all; false lets later routes see the stanza too (one stanza can say several things).
	 * IQs: false when it is not for this route after all (another node, say): the next route that fits is asked. True
	 * promises the answer. Presences: every route that fits is called.
	 */
	bool (*handle)(const struct incoming *in);
};

struct feature_identity {
	const char *category, *type; /* of XEP-0030; the name is the gateway's */
};

/* One protocol feature: its name in the XEP list, what it advertises, what it takes. */
struct feature {
	const char *xep;             /* "0077"; several separated by spaces */
	const char *title;
	const char *const *disco;    /* features of the gateway's address; ends with NULL; may be NULL */
	const char *const *contact_disco; /* features of contacts' addresses */
	const struct feature_identity *identities; /* of the gateway's address, more than its own; ends with a zeroed one */
	const struct route *routes;  /* ends with a zeroed one (handle NULL); may be NULL */

	/* Does the module at hand have what this needs? NULL: always. */
	bool (*available)(const struct gw_gateway *gateway);

	/* The link to the server is up; a user's client came online. May be NULL. */
	void (*on_online)(struct gw_gateway *gateway);
	void (*on_user_available)(struct gw_session *session, const struct presence_content *presence,
			const char *full_jid);

	const char *note; /* limits, for docs/xeps.md */
};

/*
 * What this module and configuration make of the tables: which routes count, and what is advertised. One for each
 * gateway, in gateway->features.
 */
struct router;

struct disco_info;
const struct disco_info *router_gateway_info(const struct gw_gateway *gateway);
const char *router_gateway_info_xml(const struct gw_gateway *gateway); /* the <query/>, without node */
const struct disco_info *router_contact_info(const struct gw_gateway *gateway);

/* Sends a stanza back to where it came from: that it was not done, and why. */
void router_refuse(const struct incoming *in, enum gw_condition condition, const char *text);

/* A user's client came online: every feature that cares hears it. */
void router_user_available(struct gw_session *session, const struct presence_content *presence, const char *full_jid);

/* The hooks to create a gateway with. */
extern const struct gateway_hooks feature_hooks;

/* All features, in the order in which messages are offered to them; ends with NULL (features.c). */
extern const struct feature *const features[];

bool feature_is_available(const struct feature *feature, const struct gw_gateway *gateway);

#endif
