/* SPDX-License-Identifier: MPL-2.0 */
/* The accounts in the store, for admins. Passwords are never shown. */
#include "users.h"

#include "net/loop.h"
#include "store/store.h"
#include "util/arena.h"
#include "util/mem.h"
#include "util/text.h"
#include "xmpp/jid.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { EXIT_USAGE = 2 };

enum verb { LIST, SHOW, DELETE };

struct search {
	enum verb verb;
	const char *jid; /* whom; NULL: everybody */
	struct store *store;
	size_t found;
	int64_t delete_id;
};

static bool print_chat(const struct store_chat *chat, void *data) {
	(void)data;
	printf("  contact %s%s%s%s\n", chat->remote_id, chat->name ? " (" : "", chat->name ? chat->name : "",
			chat->name ? ")" : "");
	return true;
}

static bool visit(const struct store_user *user, void *data) {
	struct search *search = data;
	if (search->jid && strcmp(search->jid, user->jid) != 0) {
		return true;
	}
	search->found++;
	struct arena arena = { 0 };
	if (search->verb == DELETE) {
		search->delete_id = user->id;
	} else {
		printf("%s  registered %s%s\n", user->jid, text_write_time(&arena, user->registered_at_ms),
				user->is_leaving ? "  is removed with the next start" : "");
	}
	if (search->verb == SHOW) {
		store_chats_each(search->store, user->id, print_chat, NULL);
	}
	arena_finish(&arena);
	return true;
}

static bool become(uid_t user, gid_t group) {
	return setegid(group) == 0 && seteuid(user) == 0;
}

static bool become_root(void) {
	return seteuid(0) == 0 && setegid(0) == 0;
}

/* What root makes beside the database belongs to the service, too, which could not start any more. */
static void become_owner(const char *path) {
	struct stat found;
	if (geteuid() == 0 && stat(path, &found) == 0 && found.st_uid != 0 && (!become(found.st_uid, found.st_gid) ||
			faccessat(AT_FDCWD, path, R_OK | W_OK, AT_EACCESS) != 0)) {
		become_root(); /* a copy of it, where the service cannot come */
	}
}

static bool is_missing(const char *path) {
	struct stat found;
	return stat(path, &found) != 0 && errno == ENOENT;
}

/* Neither makes one, nor needs the key: it may be where only the service can see it. */
static struct store *open_store(struct gw_loop *loop, const char *path) {
	char *error = NULL;
	struct store *store = store_open(loop, &(struct store_options){ .path = path, .is_sealed = true }, &error);
	if (!store) {
		fprintf(stderr, "gangway: %s\n", error);
		free(error);
	}
	return store;
}

static int look(const struct config_component *component, struct search *search);

static int run_on(const struct config *config, const struct config_component *component, struct gw_loop *loop,
		struct search *search) {
	char *path = mem_printf("%s/%s/gangway.sqlite", config->data_dir, component->jid);
	int code = EXIT_SUCCESS;
	if (is_missing(path)) {
		fprintf(stderr, "gangway: nobody has registered with %s yet: there is no %s\n", component->jid, path);
	} else {
		become_owner(path);
		search->store = open_store(loop, path);
		code = search->store ? look(component, search) : EXIT_FAILURE;
		store_close(search->store);
		code = getuid() == 0 && !become_root() ? EXIT_FAILURE : code;
	}
	free(path);
	return code;
}

static int look(const struct config_component *component, struct search *search) {
	bool is_done = store_users_each(search->store, visit, search);
	if (is_done && search->delete_id) {
		store_user_set_leaving(search->store, search->delete_id);
		is_done = store_commit(search->store);
		if (is_done) {
			printf("%s is removed from %s as soon as Gangway runs again: the network is told, and the contact list cleared\n",
					search->jid, component->jid);
		}
	}
	if (!is_done) {
		fprintf(stderr, "gangway: the store of %s cannot be read or written\n", component->jid);
		return EXIT_FAILURE;
	}
	return EXIT_SUCCESS;
}

/* The user's address is looked for as it was stored: as servers prepare it. */
static bool read_arguments(struct arena *arena, const struct config *config, struct search *search) {
	const char *verb = config->arguments && config->arguments[0] ? config->arguments[0] : "list";
	const char *user = config->arguments && config->arguments[0] ? config->arguments[1] : NULL;
	struct gw_jid jid;
	search->jid = user && jid_parse(arena, user, &jid) ? jid.bare : user;
	if (strcmp(verb, "list") == 0) {
		search->verb = LIST;
		return !search->jid;
	}
	search->verb = strcmp(verb, "show") == 0 ? SHOW : DELETE;
	return search->jid && (search->verb == SHOW || strcmp(verb, "delete") == 0);
}

int users_run(const struct config *config) {
	struct search search = { 0 };
	struct arena arena = { 0 };
	if (!read_arguments(&arena, config, &search)) {
		fprintf(stderr, "usage: gangway users [--jid COMPONENT] list | show USER | delete USER\n"
				"Without --jid: of all components that are configured.\n");
		return EXIT_USAGE;
	}
	int code = EXIT_SUCCESS;
	bool is_known = false;
	size_t found = 0;
	struct gw_loop *loop = loop_new();
	for (size_t i = 0; i < config->component_count; i++) {
		const struct config_component *component = &config->components[i];
		if (config->only_jid && strcmp(config->only_jid, component->jid) != 0) {
			continue;
		}
		is_known = true;
		if (config->component_count > 1) {
			printf("%s:\n", component->jid);
		}
		struct search one = search;
		int result = run_on(config, component, loop, &one);
		code = result == EXIT_SUCCESS ? code : result;
		found += one.found;
	}
	if (!is_known) {
		fprintf(stderr, "gangway: no component %s is configured\n", config->only_jid ? config->only_jid : "");
		code = EXIT_USAGE;
	}
	if (search.jid && found == 0 && code == EXIT_SUCCESS) {
		fprintf(stderr, "gangway: %s is not registered%s%s\n", search.jid, config->only_jid ? " with " : "",
				config->only_jid ? config->only_jid : "");
		code = EXIT_FAILURE;
	}
	loop_free(loop);
	arena_finish(&arena);
	arena_release_cache();
	return code;
}
