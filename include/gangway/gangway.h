/* SPDX-License-Identifier: MPL-2.0 */
/* Everything a module needs. Start reading at module.h. */
#ifndef GANGWAY_H
#define GANGWAY_H

#include <gangway/actor.h>
#include <gangway/command.h>
#include <gangway/conn.h>
#include <gangway/contact.h>
#include <gangway/error.h>
#include <gangway/form.h>
#include <gangway/gateway.h>
#include <gangway/http.h>
#include <gangway/jid.h>
#include <gangway/log.h>
#include <gangway/loop.h>
#include <gangway/message.h>
#include <gangway/module.h>
#include <gangway/request.h>
#include <gangway/session.h>
#include <gangway/text.h>

#endif
