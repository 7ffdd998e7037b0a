/* SPDX-License-Identifier: MPL-2.0 */
/* XEP-0115: the name of this software in entity capabilities. */
#ifndef GATEWAY_CAPS_H
#define GATEWAY_CAPS_H

#define CAPS_NODE "urn:gangway"

#endif
