/* SPDX-License-Identifier: MPL-2.0 */
/* The gateway's own commands, one file each. */
#ifndef COMMAND_BUILTIN_H
#define COMMAND_BUILTIN_H

#include <gangway/command.h>

extern const struct gw_command_category category_contacts, category_admin;

extern const struct gw_command command_register, command_credentials, command_unregister, command_preferences,
		command_re_login, command_status, command_find, command_contacts, command_sync_contacts, command_info,
		command_list_users, command_delete_user, command_loglevel, command_counters;

#endif
