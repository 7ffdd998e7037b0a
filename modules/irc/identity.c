/* SPDX-License-Identifier: MPL-2.0 */
/* What is known of ourselves. */
#include "identity.h"

#include "memory.h"
#include "settings.h"
#include "split.h"

#include <strings.h>

void irc_identity_init(struct irc_identity *identity, const char *nick) {
	*identity = (struct irc_identity){ .nick = irc_strdup(nick) };
}

void irc_identity_finish(struct irc_identity *identity) {
	free(identity->nick);
	identity->nick = NULL;
}

void irc_identity_set_nick(struct irc_identity *identity, const char *nick) {
	char *copy = irc_strdup(nick);
	free(identity->nick);
	identity->nick = copy;
}

/* :romeo!~r@gateway.example.org MODE romeo :+i */
static void learn_source(struct irc_identity *identity, const char *source) {
	const char *bang = strchr(source, '!');
	const char *at = bang != NULL ? strchr(bang, '@') : NULL;
	if (at != NULL && at[1] != '\0') {
		identity->user_bytes = (size_t)(at - bang) - 1;
		identity->host_bytes = strlen(at + 1);
	}
}

bool irc_identity_read(struct irc_identity *identity, const struct irc_isupport *isupport, const struct irc_line *line) {
	char nick[IRC_NAME_MAX];
	if (line->numeric == 396) {
		/* RPL_HOSTHIDDEN: :irc.example.org 396 romeo user/romeo :is now your displayed host */
		identity->host_bytes = strlen(irc_line_param(line, 1));
	}
	if (!irc_line_nick(line, nick, sizeof(nick)) || !irc_casemap_equal(isupport->casemap, nick, identity->nick)) {
		return false;
	}
	learn_source(identity, line->source);
	if (strcasecmp(line->command, "NICK") == 0 && irc_is_nick(irc_line_param(line, 0))) {
		irc_identity_set_nick(identity, irc_line_param(line, 0));
		return true;
	}
	if (strcasecmp(line->command, "CHGHOST") == 0) {
		identity->user_bytes = strlen(irc_line_param(line, 0));
		identity->host_bytes = strlen(irc_line_param(line, 1));
	}
	return false;
}

/* What is not known is taken for as long as it can be; servers put a '~' before user names that ident does not vouch for. */
size_t irc_identity_budget(const struct irc_identity *identity, const struct irc_isupport *isupport, const char *user,
		const char *command, const char *target) {
	size_t host_bytes = isupport->host_bytes > 0 ? isupport->host_bytes : (size_t)IRC_HOST_BYTES_USUAL;
	struct irc_prefix prefix = {
		.nick_bytes = strlen(identity->nick),
		.user_bytes = identity->user_bytes > 0 ? identity->user_bytes : strlen("~") + strlen(user),
		.host_bytes = identity->host_bytes > 0 ? identity->host_bytes : host_bytes,
	};
	return irc_split_budget(isupport->line_bytes, &prefix, command, target);
}
