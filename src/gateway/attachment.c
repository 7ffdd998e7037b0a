/* SPDX-License-Identifier: MPL-2.0 */
/* Files of the gateway's, and QR codes. */
#include "gateway/attachment.h"

#include "codec/bob.h"
#include "codec/sharing.h"
#include "gateway/actor.h"
#include "gateway/bob.h"
#include "gateway/outbox.h"
#include "gateway/upload.h"
#include "media/qr.h"
#include "util/digest.h"
#include "util/mem.h"
#include "util/text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ATTACHMENT_MAX_BYTES = 64 * 1024 * 1024 };

/* A file on its way. */
struct sending {
	struct gw_gateway *gateway;
	char *recipient, *name, *type;
	void *bytes;
	size_t size;
	bool fits_bob; /* may go as Bits of Binary when there is no upload */
	void (*sent)(const char *url, void *data); /* NULL: nobody wants to know */
	void *data;
};

static void uploaded(const struct upload_result *result, void *data);

static const char *guess_type(const char *name) {
	static const struct {
		const char *ending, *type;
	} types[] = {
		{ ".png", "image/png" }, { ".jpg", "image/jpeg" }, { ".jpeg", "image/jpeg" }, { ".gif", "image/gif" },
		{ ".webp", "image/webp" }, { ".txt", "text/plain" }, { ".pdf", "application/pdf" },
	};
	size_t length = strlen(name);
	for (size_t i = 0; i < ARRAY_LENGTH(types); i++) {
		size_t ending = strlen(types[i].ending);
		if (length > ending && text_equal_ignoring_case(name + length - ending, types[i].ending)) {
			return types[i].type;
		}
	}
	return "application/octet-stream";
}

static bool read_file(const char *path, void **out_bytes, size_t *out_size) {
	FILE *file = fopen(path, "rbe");
	if (!file) {
		return false;
	}
	char *bytes = mem_new(ATTACHMENT_MAX_BYTES / 64);
	size_t size = 0, capacity = ATTACHMENT_MAX_BYTES / 64, count;
	while ((count = fread(bytes + size, 1, capacity - size, file)) > 0) {
		size += count;
		if (size == capacity && capacity < ATTACHMENT_MAX_BYTES) {
			capacity *= 2;
			bytes = mem_resize(bytes, capacity);
		}
	}
	bool is_whole = feof(file) && !ferror(file);
	fclose(file);
	if (!is_whole) {
		free(bytes);
		return false;
	}
	*out_bytes = bytes;
	*out_size = size;
	return true;
}

static void sending_free(struct sending *sending) {
	free(sending->recipient);
	free(sending->name);
	free(sending->type);
	free(sending->bytes);
	free(sending);
}

static void tell_failure(struct sending *sending, const char *error) {
	struct arena arena = { 0 };
	gw_log_warning(&sending->gateway->log, "a file for %s was not sent: %s", sending->recipient, error);
	size_t length = strlen(error);
	bool is_sentence = length > 0 && error[length - 1] == '.'; /* the service's own words may be one */
	gateway_tell(sending->gateway, sending->recipient, arena_printf(&arena,
			"The file “%s” could not be sent to you: %s%s", sending->name, error, is_sentence ? "" : "."));
	arena_finish(&arena);
}

static struct sending *sending_new(struct gw_gateway *gateway, const char *recipient, const char *name,
		const char *type) {
	struct sending *sending = mem_new(sizeof(*sending));
	sending->gateway = gateway;
	sending->recipient = mem_strdup(recipient);
	sending->name = mem_strdup(name);
	sending->type = mem_strdup(type ? type : guess_type(name));
	return sending;
}

static void start(struct sending *sending) {
	upload_start(sending->gateway, &sending->gateway->scope, &(struct upload_file){
		.bytes = sending->bytes,
		.size = sending->size,
		.name = sending->name,
		.type = sending->type,
	}, uploaded, sending);
}

void attachment_send(struct gw_gateway *gateway, const char *recipient, const struct gw_attachment *attachment) {
	const char *slash = attachment->path ? strrchr(attachment->path, '/') : NULL;
	const char *name = attachment->name ? attachment->name : slash ? slash + 1 :
			attachment->path ? attachment->path : "file";
	struct sending *sending = sending_new(gateway, recipient, name, attachment->content_type);
	if (attachment->path) {
		if (!read_file(attachment->path, &sending->bytes, &sending->size)) {
			tell_failure(sending, "it cannot be read");
			sending_free(sending);
			return;
		}
	} else {
		sending->bytes = mem_dup(attachment->bytes, attachment->size);
		sending->size = attachment->size;
	}
	start(sending);
}

/* The body is the URL and nothing else: that is how clients know to show the picture in its place. */
static void send_link(struct sending *sending, const char *url) {
	struct arena arena = { 0 };
	uint8_t hash[DIGEST_SHA256_SIZE];
	digest_sha256(sending->bytes, sending->size, hash);
	struct xml_node *message = stanza_make(&arena, "message", "chat", sending->gateway->jid.bare, sending->recipient,
			digest_random_id(&arena));
	xml_add_text(message, "body", NULL, url);
	sharing_write(message, &(struct shared_file){
		.url = url,
		.name = sending->name,
		.type = sending->type,
		.size = sending->size,
		.sha256 = hash,
	});
	outbox_send_message(sending->gateway, message);
	arena_finish(&arena);
}

/* XEP-0231 with the XHTML image that clients which know it look for. Returns its URL. */
static const char *send_bob(struct sending *sending, struct arena *arena) {
	const char *cid = bobs_put(sending->gateway->bobs, arena, sending->type, sending->bytes, sending->size);
	const char *url = arena_printf(arena, "cid:%s", cid);
	struct xml_node *message = stanza_make(arena, "message", "chat", sending->gateway->jid.bare, sending->recipient,
			digest_random_id(arena));
	xml_add_text(message, "body", NULL, sending->name);
	struct xml_node *html = xml_add(message, "html", "http://jabber.org/protocol/xhtml-im");
	struct xml_node *paragraph = xml_add(xml_add(html, "body", "http://www.w3.org/1999/xhtml"), "p", NULL);
	struct xml_node *image = xml_add(paragraph, "img", NULL);
	xml_set(image, "src", url);
	xml_set(image, "alt", sending->name);
	bob_write(message, cid, sending->type, sending->bytes, sending->size, BOB_MAX_AGE_S);
	outbox_send_message(sending->gateway, message);
	return url;
}

/* Telling the one who wants to know comes last. */
static void finish(struct sending *sending, const char *url) {
	void (*sent)(const char *, void *) = sending->sent;
	void *data = sending->data;
	sending_free(sending);
	if (sent) {
		sent(url, data);
	}
}

static void uploaded(const struct upload_result *result, void *data) {
	struct sending *sending = data;
	struct arena arena = { 0 };
	const char *url = result->url;
	if (url) {
		send_link(sending, url);
	} else if (!result->is_cancelled && sending->fits_bob) {
		url = send_bob(sending, &arena);
	} else if (!result->is_cancelled) {
		tell_failure(sending, result->error);
	}
	finish(sending, url);
	arena_finish(&arena);
}

static void handle_no_picture(void *data) {
	finish(data, NULL);
}

/* The text goes first: it is there whatever becomes of the picture. */
void attachment_send_qr(struct gw_gateway *gateway, const char *recipient, const char *text,
		void (*sent)(const char *url, void *data), void *data) {
	struct sending *sending = sending_new(gateway, recipient, "qr-code.png", "image/png");
	sending->sent = sent;
	sending->data = data;
	gateway_tell(gateway, recipient, text);
	if (!qr_encode(text, &sending->bytes, &sending->size)) {
		gw_log_warning(&gateway->log, "a text of %zu bytes is too long for a QR code", strlen(text));
		loop_cancel_later(gateway->loop, handle_no_picture, sending);
		return;
	}
	sending->fits_bob = sending->size <= BOB_MAX_BYTES;
	start(sending);
}

void gw_gateway_send_qr(struct gw_gateway *gateway, const char *jid, const char *text) {
	attachment_send_qr(gateway, jid, text, NULL, NULL);
}
