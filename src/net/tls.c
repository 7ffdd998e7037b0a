/* SPDX-License-Identifier: MPL-2.0 */
/*
 * TLS by OpenSSL. Received bytes are lent to it for the length of a call and what it wants to send
 * goes straight into the connection's buffer, so nothing is copied more than once and an idle
 * connection keeps no buffers here. The contexts (authorities, own certificate) are shared by all
 * connections with the same files.
 */
#include "net/tls.h"

#include "net/loop.h"
#include "util/mem.h"

#include <arpa/inet.h>
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <utlist.h>

enum { CONTEXTS_MAX = 32 };

/* One file of a context, and how it was when it was read. */
struct source {
	char *path; /* NULL: none */
	struct timespec modified;
	off_t size;
	ino_t inode;
};

struct context {
	struct context *next;
	bool is_verified;
	struct source ca, certificate, key;
	SSL_CTX *ctx;
};

/* The part of the loop. */
struct shared {
	BIO_METHOD *method;
	struct context *contexts; /* newest first */
	char error[256];
};

struct tls {
	SSL *ssl;
	struct strbuf *out;
	const char *input; /* lent during tls_read() */
	size_t input_size;
	bool is_open;
	char error[160];
};

/* Bytes in and out */

static int handle_bio_read(BIO *bio, char *bytes, size_t size, size_t *out_size) {
	struct tls *tls = BIO_get_data(bio);
	BIO_clear_retry_flags(bio);
	if (tls->input_size == 0) {
		BIO_set_retry_read(bio);
		return 0;
	}
	size_t taken = size < tls->input_size ? size : tls->input_size;
	memcpy(bytes, tls->input, taken);
	tls->input += taken;
	tls->input_size -= taken;
	*out_size = taken;
	return 1;
}

static int handle_bio_write(BIO *bio, const char *bytes, size_t size, size_t *out_size) {
	struct tls *tls = BIO_get_data(bio);
	BIO_clear_retry_flags(bio);
	if (!strbuf_add(tls->out, bytes, size)) {
		return 0;
	}
	*out_size = size;
	return 1;
}

static long handle_bio_control(BIO *bio, int command, long number, void *pointer) {
	(void)bio;
	(void)number;
	(void)pointer;
	return command == BIO_CTRL_FLUSH || command == BIO_CTRL_DUP ? 1 : 0;
}

static BIO_METHOD *method_new(void) {
	BIO_METHOD *method = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "gangway");
	BIO_meth_set_read_ex(method, handle_bio_read);
	BIO_meth_set_write_ex(method, handle_bio_write);
	BIO_meth_set_ctrl(method, handle_bio_control);
	return method;
}

/* Contexts */

static struct source source_of(const char *path) {
	struct source source = { .path = mem_strdup(path) };
	struct stat status;
	if (path != NULL && stat(path, &status) == 0) {
		source.modified = status.st_mtim;
		source.size = status.st_size;
		source.inode = status.st_ino;
	}
	return source;
}

static bool is_same_source(const struct source *a, const struct source *b) {
	if (a->path == NULL || b->path == NULL) {
		return a->path == b->path;
	}
	return strcmp(a->path, b->path) == 0 && a->inode == b->inode && a->size == b->size &&
			a->modified.tv_sec == b->modified.tv_sec &&
			a->modified.tv_nsec == b->modified.tv_nsec;
}

static bool is_same_context(const struct context *a, const struct context *b) {
	return a->is_verified == b->is_verified && is_same_source(&a->ca, &b->ca) &&
			is_same_source(&a->certificate, &b->certificate) && is_same_source(&a->key, &b->key);
}

static void context_free(struct context *context) {
	SSL_CTX_free(context->ctx);
	free(context->ca.path);
	free(context->certificate.path);
	free(context->key.path);
	free(context);
}

/* Fills the OpenSSL side; false when a file cannot be used, then *out_path names it. */
static bool context_load(struct context *context, const char **out_path) {
	SSL_CTX *ctx = context->ctx = SSL_CTX_new(TLS_client_method());
	SSL_CTX_set_min_proto_version(ctx, TLS1_2_VERSION);
	SSL_CTX_set_options(ctx, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION);
	SSL_CTX_set_mode(ctx, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_AUTO_RETRY);
	SSL_CTX_set_session_cache_mode(ctx, SSL_SESS_CACHE_OFF);
	SSL_CTX_set_verify(ctx, context->is_verified ? SSL_VERIFY_PEER : SSL_VERIFY_NONE, NULL);

	if (context->ca.path == NULL) {
		SSL_CTX_set_default_verify_paths(ctx);
	} else if (SSL_CTX_load_verify_file(ctx, context->ca.path) != 1) {
		*out_path = context->ca.path;
		return false;
	}
	if (context->certificate.path == NULL) {
		return true;
	}
	if (SSL_CTX_use_certificate_chain_file(ctx, context->certificate.path) != 1) {
		*out_path = context->certificate.path;
		return false;
	}
	const char *key = context->key.path != NULL ? context->key.path : context->certificate.path;
	if (SSL_CTX_use_PrivateKey_file(ctx, key, SSL_FILETYPE_PEM) != 1) {
		*out_path = key;
		return false;
	}
	return true;
}

static void drop_oldest(struct shared *shared) {
	struct context *context;
	int count;
	LL_COUNT(shared->contexts, context, count);
	if (count <= CONTEXTS_MAX) {
		return;
	}
	struct context **last = &shared->contexts;
	while ((*last)->next != NULL) {
		last = &(*last)->next;
	}
	context_free(*last);
	*last = NULL;
}

/*
 * Connections hold a reference of their own to OpenSSL's context, so forgetting one harms nobody.
 */
static struct context *context_get(struct shared *shared, const struct tls_options *options) {
	struct context *wanted = mem_new(sizeof(*wanted));
	wanted->is_verified = options->is_verified;
	wanted->ca = source_of(options->ca_file);
	wanted->certificate = source_of(options->certificate_file);
	wanted->key = source_of(options->key_file);

	struct context *known;
	LL_FOREACH (shared->contexts, known) {
		if (is_same_context(known, wanted)) {
			context_free(wanted);
			return known;
		}
	}

	const char *path;
	if (!context_load(wanted, &path)) {
		snprintf(shared->error, sizeof(shared->error), "cannot use the file %s", path);
		context_free(wanted);
		return NULL;
	}
	LL_PREPEND(shared->contexts, wanted);
	drop_oldest(shared);
	return wanted;
}

static void shared_free(void *state) {
	struct shared *shared = state;
	struct context *context, *next;
	LL_FOREACH_SAFE (shared->contexts, context, next) {
		context_free(context);
	}
	BIO_meth_free(shared->method);
	free(shared);
}

static struct shared *shared_get(struct gw_loop *loop) {
	struct shared *shared = loop_part(loop, LOOP_PART_TLS);
	if (shared == NULL) {
		shared = mem_new(sizeof(*shared));
		shared->method = method_new();
		loop_set_part(loop, LOOP_PART_TLS, shared, shared_free);
	}
	return shared;
}

/* Errors */

static void set_verify_error(struct tls *tls, long result) {
	const char *text = NULL;
	switch (result) {
	case X509_V_ERR_CERT_HAS_EXPIRED: text = "the certificate has expired"; break;
	case X509_V_ERR_CERT_NOT_YET_VALID: text = "the certificate is not valid yet"; break;
	case X509_V_ERR_CERT_REVOKED: text = "the certificate has been revoked"; break;
	case X509_V_ERR_HOSTNAME_MISMATCH:
	case X509_V_ERR_IP_ADDRESS_MISMATCH: text = "the certificate is for another host"; break;
	case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
		text = "the certificate is self-signed and not known here";
		break;
	case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
	case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
	case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
	case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
		text = "the certificate is from an authority that is not trusted here";
		break;
	}
	if (text != NULL) {
		snprintf(tls->error, sizeof(tls->error), "%s", text);
	} else {
		snprintf(tls->error, sizeof(tls->error), "the certificate is not valid: %s",
				X509_verify_cert_error_string(result));
	}
}

static void set_protocol_error(struct tls *tls) {
	unsigned long code = ERR_peek_error();
	const char *reason = ERR_reason_error_string(code);
	switch (ERR_GET_LIB(code) == ERR_LIB_SSL ? ERR_GET_REASON(code) : 0) {
	case SSL_R_WRONG_VERSION_NUMBER:
	case SSL_R_HTTP_REQUEST:
	case SSL_R_PACKET_LENGTH_TOO_LONG:
		snprintf(tls->error, sizeof(tls->error), "the server does not speak TLS on this port");
		break;
	case SSL_R_UNSUPPORTED_PROTOCOL:
	case SSL_R_TLSV1_ALERT_PROTOCOL_VERSION:
		snprintf(tls->error, sizeof(tls->error), "the server's TLS is too old or too new");
		break;
	default:
		snprintf(tls->error, sizeof(tls->error), "TLS failed: %s",
				reason != NULL ? reason : "no reason given");
	}
}

static enum tls_status failed(struct tls *tls) {
	long result = SSL_get_verify_result(tls->ssl);
	bool is_verified = (SSL_get_verify_mode(tls->ssl) & SSL_VERIFY_PEER) != 0;
	if (is_verified && !tls->is_open && result != X509_V_OK) {
		set_verify_error(tls, result);
	} else {
		set_protocol_error(tls);
	}
	ERR_clear_error();
	return tls->is_open ? TLS_BROKEN : TLS_UNTRUSTED;
}

/* A connection */

static bool is_address(const char *host) {
	unsigned char bytes[sizeof(struct in6_addr)];
	return inet_pton(AF_INET, host, bytes) == 1 || inet_pton(AF_INET6, host, bytes) == 1;
}

/* Server name indication, and what the certificate has to be for (RFC 6125). */
static void set_host(SSL *ssl, const char *host) {
	if (is_address(host)) {
		X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl), host);
		return;
	}
	size_t size = strlen(host);
	char *name = mem_strndup(host, size > 0 && host[size - 1] == '.' ? size - 1 : size);
	SSL_set_tlsext_host_name(ssl, name);
	SSL_set_hostflags(ssl, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
	SSL_set1_host(ssl, name);
	free(name);
}

struct tls *tls_new(struct gw_loop *loop, const struct tls_options *options, struct strbuf *out,
		const char **out_error) {
	struct shared *shared = shared_get(loop);
	ERR_clear_error();
	struct context *context = context_get(shared, options);
	if (context == NULL) {
		ERR_clear_error();
		*out_error = shared->error;
		return NULL;
	}

	struct tls *tls = mem_new(sizeof(*tls));
	tls->out = out;
	tls->ssl = SSL_new(context->ctx);
	BIO *bio = BIO_new(shared->method);
	BIO_set_data(bio, tls);
	BIO_set_init(bio, 1);
	SSL_set_bio(tls->ssl, bio, bio);
	set_host(tls->ssl, options->host);
	SSL_set_connect_state(tls->ssl);
	SSL_do_handshake(tls->ssl); /* only speaks: there is nothing to hear yet */
	return tls;
}

void tls_free(struct tls *tls) {
	if (tls == NULL) {
		return;
	}
	SSL_free(tls->ssl);
	free(tls);
}

/* A return value of OpenSSL that is not success. */
static enum tls_status judge(struct tls *tls, int result) {
	switch (SSL_get_error(tls->ssl, result)) {
	case SSL_ERROR_WANT_READ: return TLS_FINE;
	case SSL_ERROR_ZERO_RETURN: return TLS_ENDED;
	default: return failed(tls);
	}
}

enum tls_status tls_read(struct tls *tls, const char *bytes, size_t size,
		char plain[static TLS_PLAIN_MAX], size_t *out_size) {
	size_t used = 0, count;
	int result;
	tls->input = bytes;
	tls->input_size = size;
	*out_size = 0;
	ERR_clear_error();

	if (!tls->is_open) {
		result = SSL_do_handshake(tls->ssl);
		if (result != 1) {
			return judge(tls, result);
		}
		tls->is_open = true;
	}
	while ((result = SSL_read_ex(tls->ssl, plain + used, TLS_PLAIN_MAX - used, &count)) == 1) {
		used += count;
	}
	*out_size = used;
	return judge(tls, result);
}

bool tls_is_open(const struct tls *tls) {
	return tls->is_open;
}

bool tls_write(struct tls *tls, const void *bytes, size_t size) {
	size_t count;
	if (size == 0) {
		return true;
	}
	ERR_clear_error();
	bool is_written = SSL_write_ex(tls->ssl, bytes, size, &count) == 1;
	ERR_clear_error();
	return is_written;
}

void tls_end(struct tls *tls) {
	if (tls->is_open) {
		SSL_shutdown(tls->ssl);
		ERR_clear_error();
	}
}

const char *tls_error(const struct tls *tls) {
	return tls->error;
}
