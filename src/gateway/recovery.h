/* SPDX-License-Identifier: MPL-2.0 */
/*
 * What a server had written to a link that broke, or to a process that died before it was stored, cannot be acknowledged
 * in XEP-0114. Where the server lets us read its users' archives (XEP-0313 by XEP-0356), each user's is asked when the link
 * is there again: messages to our contacts that did not come and that the server did not send back are taken now, in their
 * place, once. What the user writes meanwhile waits behind them.
 */
#ifndef GATEWAY_RECOVERY_H
#define GATEWAY_RECOVERY_H

#include "codec/archive.h"
#include "gateway/gateway.h"
#include "xmpp/stanza.h"

struct recovery;

struct recovery *recovery_new(struct gw_gateway *gateway);
void recovery_free(struct recovery *recovery);

/* The link is there: messages that come from now on wait. Then the server's grants are known: archives are asked. */
void recovery_link_came(struct recovery *recovery);
void recovery_link_is_ready(struct recovery *recovery);
void recovery_link_went(struct recovery *recovery);

/* Somebody has registered: what they wrote before was refused, and is not looked for. */
void recovery_user_came(struct gw_session *session);

/*
 * They know what may be lost of before this link, and send it again: it is not looked for any more, should this link break
 * before all have been asked.
 */
void recovery_user_was_told(struct gw_session *session);

/* The user waits: theirs is next. */
void recovery_hurry(struct gw_session *session);

/* The session ends, and is not asked about. */
void recovery_close(struct gw_session *session);

/* A message of an archive; passed over when it was not asked. */
void recovery_handle_result(struct recovery *recovery, const struct stanza *stanza, const struct archive_result *result);

#endif
