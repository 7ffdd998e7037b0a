/* SPDX-License-Identifier: MPL-2.0 */
/*
 * When the gateway was away without having said so: its process died, or the link broke in the middle of what the server
 * sent. What users wrote to contacts then may be lost, without a receipt and without an error: where it cannot be recovered
 * from their archives, they are told so once, and since when. After an orderly stop, and after a stream that the server
 * ended itself, nothing is told: nothing is missing.
 */
#ifndef GATEWAY_ABSENCE_H
#define GATEWAY_ABSENCE_H

#include "gateway/gateway.h"

struct absence;

struct absence *absence_new(struct gw_gateway *gateway);
void absence_free(struct absence *absence);

/* Something came in: we are here. */
void absence_note_alive(struct absence *absence);

/* Before there is a link: whether the store takes anything shows. */
void absence_try_store(struct absence *absence);

void absence_link_comes(struct absence *absence);
void absence_link_is_ready(struct absence *absence);
void absence_link_went(struct absence *absence, bool is_complete);

/*
 * This user's archive was asked: nothing of theirs is missing, unless there is something from before the time that it was
 * asked about. That is so of all who have not been made up for when the time moves on (arrivals.h).
 */
void absence_is_made_up_for(struct gw_session *session);
void absence_is_final(struct absence *absence);

/*
 * Who is there after the link came is known by now: they are told. The others are when they come; and those whose archive is
 * still asked, when that has ended without having made up for it.
 */
void absence_tell(struct absence *absence);
void absence_search_ended(struct gw_session *session);
void absence_user_is_there(struct gw_session *session);
void absence_user_wrote(struct gw_session *session);

/* The gateway stops in order. */
void absence_say_goodbye(struct absence *absence);

#endif
