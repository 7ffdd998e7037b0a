/* SPDX-License-Identifier: MPL-2.0 */
#include "certs.h"

#include "util/mem.h"

#include <assert.h>
#include <openssl/ec.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { DAY_S = 24 * 60 * 60 };

static void extend(X509 *certificate, X509 *issuer, int nid, const char *value) {
	X509V3_CTX context;
	X509V3_set_ctx(&context, issuer, certificate, NULL, NULL, 0);
	X509_EXTENSION *extension = X509V3_EXT_conf_nid(NULL, &context, nid, value);
	assert(extension != NULL);
	X509_add_ext(certificate, extension, -1);
	X509_EXTENSION_free(extension);
}

struct cert cert_new(const struct cert_options *options) {
	static long serial = 1;
	struct cert cert = { .certificate = X509_new(), .key = EVP_EC_gen("P-256") };
	X509 *x = cert.certificate;
	X509 *issuer = options->issuer != NULL ? options->issuer->certificate : x;
	bool is_now = options->begins_s == 0 && options->ends_s == 0;

	X509_set_version(x, X509_VERSION_3);
	ASN1_INTEGER_set(X509_get_serialNumber(x), serial++);
	X509_gmtime_adj(X509_getm_notBefore(x), is_now ? -DAY_S : options->begins_s);
	X509_gmtime_adj(X509_getm_notAfter(x), is_now ? DAY_S : options->ends_s);
	X509_NAME_add_entry_by_txt(X509_get_subject_name(x), "CN", MBSTRING_UTF8,
			(const unsigned char *)options->name, -1, -1, 0);
	X509_set_issuer_name(x, X509_get_subject_name(issuer));
	X509_set_pubkey(x, cert.key);
	const char *constraints = options->is_authority ? "critical,CA:TRUE" : "CA:FALSE";
	extend(x, issuer, NID_basic_constraints, constraints);
	if (options->alternatives != NULL) {
		extend(x, issuer, NID_subject_alt_name, options->alternatives);
	}
	X509_sign(x, options->issuer != NULL ? options->issuer->key : cert.key, EVP_sha256());
	return cert;
}

void cert_free(struct cert *cert) {
	X509_free(cert->certificate);
	EVP_PKEY_free(cert->key);
}

char *cert_save(const struct cert *cert) {
	const char *folder = getenv("TMPDIR");
	char *path = mem_printf("%s/gangway-cert-XXXXXX", folder != NULL ? folder : "/tmp");
	int fd = mkstemp(path);
	assert(fd >= 0);
	FILE *file = fdopen(fd, "w");
	PEM_write_X509(file, cert->certificate);
	PEM_write_PrivateKey(file, cert->key, NULL, NULL, 0, NULL, NULL);
	fclose(file);
	return path;
}

SSL_CTX *cert_server(const struct cert *cert) {
	SSL_CTX *ctx = SSL_CTX_new(TLS_server_method());
	SSL_CTX_use_certificate(ctx, cert->certificate);
	SSL_CTX_use_PrivateKey(ctx, cert->key);
	return ctx;
}
