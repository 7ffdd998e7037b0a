/* SPDX-License-Identifier: MPL-2.0 */
/* The service manager: tells systemd how things are, when it is there. */
#ifndef SERVICE_H
#define SERVICE_H

#include <stdbool.h>
#include <stdint.h>

/* sd_notify(3); nothing without a service manager. */
void service_notify(const char *state);

/* Standard error goes to its journal. Who was started by a service, and then redirected, has inherited that it did. */
bool service_has_journal(void);

/* Within which time the manager wants to hear of us again; 0: it does not watch. */
int64_t service_watchdog_ms(void);

#endif
