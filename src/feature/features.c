/* SPDX-License-Identifier: MPL-2.0 */
/* Every feature, one line each. Messages are offered to them in this order; nodes of disco too. */
#include "feature/features.h"

const struct feature *const features[] = {
	&feature_ping,
	&feature_version,
	&feature_last_activity,
	&feature_avatar,
	&feature_bob,
	&feature_vcard,
	&feature_privilege,
	&feature_archive,
	&feature_register,
	&feature_adhoc,
	&feature_search,
	&feature_gateway_query,
	&feature_no_rooms, /* before presences of clients, of which a join is one */
	&feature_presence,
	&feature_last_seen,
	&feature_chat_command,
	&feature_chat_markers,
	&feature_message,
	&feature_correction,
	&feature_retraction,
	&feature_receipts,
	&feature_bounce,
	&feature_disco, /* after all that have nodes of their own */
	NULL,
};
