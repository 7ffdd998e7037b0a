/* SPDX-License-Identifier: MPL-2.0 */
/* Case mapping of names. */
#include "casemap.h"

#include "line.h"

#include <locale.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>
#include <wctype.h>

bool irc_casemap_read(const char *text, enum irc_casemap *out_casemap) {
	static const struct {
		const char *name;
		enum irc_casemap casemap;
	} known[] = {
		{ "rfc1459", IRC_CASEMAP_RFC1459 },
		{ "rfc1459-strict", IRC_CASEMAP_STRICT },
		{ "strict-rfc1459", IRC_CASEMAP_STRICT },
		{ "ascii", IRC_CASEMAP_ASCII },
		{ "rfc7613", IRC_CASEMAP_UTF8 },
		{ "rfc8265", IRC_CASEMAP_UTF8 },
		{ "precis", IRC_CASEMAP_UTF8 },
		{ "utf-8", IRC_CASEMAP_UTF8 },
		{ "utf8", IRC_CASEMAP_UTF8 },
	};
	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		if (strcmp(known[i].name, text) == 0) {
			*out_casemap = known[i].casemap;
			return true;
		}
	}
	return false;
}

static char fold_char(enum irc_casemap casemap, char c) {
	if (c >= 'A' && c <= 'Z') {
		return (char)(c - 'A' + 'a');
	}
	bool is_rfc1459 = casemap == IRC_CASEMAP_RFC1459;
	if (is_rfc1459 || casemap == IRC_CASEMAP_STRICT) {
		switch (c) {
		case '[': return '{';
		case ']': return '}';
		case '\\': return '|';
		case '~': return is_rfc1459 ? '^' : c;
		default: break;
		}
	}
	return c;
}

/* Letters beyond ASCII by the C library's tables, which every glibc carries; opened once, for the life of the process. */
static locale_t utf8_locale(void) {
	static locale_t utf8;
	if (utf8 == (locale_t)0) {
		utf8 = newlocale(LC_CTYPE_MASK, "C.UTF-8", (locale_t)0);
	}
	return utf8;
}

/* False when the text is not UTF-8, the tables are missing or the result does not fit. */
static bool fold_utf8(const char *name, char *out, size_t size) {
	locale_t utf8 = utf8_locale();
	if (utf8 == (locale_t)0) {
		return false;
	}
	locale_t before = uselocale(utf8);
	wchar_t wide[IRC_NAME_MAX];
	size_t length = mbstowcs(wide, name, IRC_NAME_MAX);
	bool is_folded = length < IRC_NAME_MAX;
	for (size_t i = 0; is_folded && i < length; i++) {
		wchar_t lower = (wchar_t)towlower((wint_t)wide[i]);
		/* Signs like that of Kelvin have a letter for their small one, but are not its capital. */
		wide[i] = (wchar_t)towupper((wint_t)lower) == wide[i] ? lower : wide[i];
	}
	if (is_folded) {
		char folded[IRC_NAME_MAX * 4];
		size_t written = wcstombs(folded, wide, sizeof(folded));
		is_folded = written < size && written < sizeof(folded);
		if (is_folded) {
			memcpy(out, folded, written + 1);
		}
	}
	uselocale(before);
	return is_folded;
}

bool irc_casemap_fold(enum irc_casemap casemap, const char *name, char *out, size_t size) {
	if (casemap == IRC_CASEMAP_UTF8 && fold_utf8(name, out, size)) {
		return true;
	}
	size_t length = strlen(name);
	if (length >= size) {
		return false;
	}
	for (size_t i = 0; i <= length; i++) {
		out[i] = fold_char(casemap, name[i]);
	}
	return true;
}

bool irc_casemap_equal(enum irc_casemap casemap, const char *a, const char *b) {
	char folded_a[IRC_NAME_MAX], folded_b[IRC_NAME_MAX];
	return irc_casemap_fold(casemap, a, folded_a, sizeof(folded_a))
			&& irc_casemap_fold(casemap, b, folded_b, sizeof(folded_b)) && strcmp(folded_a, folded_b) == 0;
}

bool irc_casemap_address(const char *name, char *out, size_t size) {
	return irc_casemap_fold(IRC_CASEMAP_UTF8, name, out, size);
}
