/* SPDX-License-Identifier: MPL-2.0 */
/* Certificates made on the spot, good and bad ones. */
#ifndef TESTS_CERTS_H
#define TESTS_CERTS_H

#include <openssl/ssl.h>
#include <stdbool.h>

struct cert {
	X509 *certificate;
	EVP_PKEY *key;
};

struct cert_options {
	const char *name;          /* the subject's common name */
	const char *alternatives;  /* "DNS:localhost,IP:127.0.0.1"; NULL: none */
	const struct cert *issuer; /* NULL: signs itself */
	bool is_authority;
	long begins_s, ends_s; /* from now; both 0: a day around now */
};

struct cert cert_new(const struct cert_options *options);
void cert_free(struct cert *cert);

/* Writes certificate and key to a new file and returns its path (free()). */
char *cert_save(const struct cert *cert);

/* The side of a server. */
SSL_CTX *cert_server(const struct cert *cert);

#endif
