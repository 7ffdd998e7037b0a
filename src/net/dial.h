/* SPDX-License-Identifier: MPL-2.0 */
/* From a host name to a connected socket: resolves, then races the addresses (RFC 8305). */
#ifndef NET_DIAL_H
#define NET_DIAL_H

#include "net/scope.h"

struct dial;

/* The socket is the receiver's, non-blocking; -1 with an error (a phrase for people, borrowed). */
typedef void dial_done(int fd, const char *error, void *data);

/*
 * Calls back once, never from inside this call; silent when the scope closes or closed already.
 * There is no deadline here but the kernel's.
 */
struct dial *dial_start(struct gw_scope *scope, const char *host, unsigned port, bool public_only,
		dial_done *dialled, void *data);

/* No callback after this. NULL is fine. */
void dial_stop(struct dial *dial);

#endif
