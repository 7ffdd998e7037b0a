/* SPDX-License-Identifier: MPL-2.0 */
/*
 * What a user's archive has of the time that it was asked about: messages to our contacts, among which those are found that
 * did not come and that the server did not send back. They are taken in the place where they stand between the others.
 */
#ifndef GATEWAY_RECOVERY_FINDINGS_H
#define GATEWAY_RECOVERY_FINDINGS_H

#include "codec/archive.h"
#include "gateway/gateway.h"
#include "gateway/recovery_span.h"

struct recovery_findings;

/* The span is borrowed: it stays as it is while archives are searched. */
struct recovery_findings *recovery_findings_new(struct gw_session *session, const struct recovery_span *span);
void recovery_findings_free(struct recovery_findings *findings);

/* The next one in the archive; and how many there were. */
void recovery_findings_add(struct recovery_findings *findings, const struct archive_result *result);
unsigned recovery_findings_count(const struct recovery_findings *findings);

/* All are there: takes what is missing, as if it came now. */
void recovery_findings_take_missing(struct recovery_findings *findings);

#endif
