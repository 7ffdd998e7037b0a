/* SPDX-License-Identifier: MPL-2.0 */
/* The features by name, for features.c alone. */
#ifndef FEATURE_FEATURES_H
#define FEATURE_FEATURES_H

#include "feature/router.h"

extern const struct feature feature_adhoc;
extern const struct feature feature_archive;
extern const struct feature feature_avatar;
extern const struct feature feature_bob;
extern const struct feature feature_bounce;
extern const struct feature feature_chat_command;
extern const struct feature feature_chat_markers;
extern const struct feature feature_correction;
extern const struct feature feature_disco;
extern const struct feature feature_gateway_query;
extern const struct feature feature_last_activity;
extern const struct feature feature_last_seen;
extern const struct feature feature_message;
extern const struct feature feature_no_rooms;
extern const struct feature feature_ping;
extern const struct feature feature_presence;
extern const struct feature feature_privilege;
extern const struct feature feature_receipts;
extern const struct feature feature_register;
extern const struct feature feature_retraction;
extern const struct feature feature_search;
extern const struct feature feature_vcard;
extern const struct feature feature_version;

#endif
