/* SPDX-License-Identifier: MPL-2.0 */
/* Text on its way to and from networks that know less than UTF-8 and XML do. */
#ifndef GANGWAY_TEXT_H
#define GANGWAY_TEXT_H

#include <stdbool.h>
#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

/*
 * The length of the longest beginning of the text that takes at most max_bytes and ends between two characters as people
 * see them; with prefer_words behind a space if there is one in the second half. 0 only when not even one code point fits.
 */
size_t gw_text_cut(const char *text, size_t size, size_t max_bytes, bool prefer_words);

/* Is it well-formed UTF-8 that XML can carry? */
bool gw_text_is_clean(const char *text, size_t size);

/* A copy in which what is not clean became U+FFFD. free() it. */
char *gw_text_repair(const char *text, size_t size);

#ifdef __cplusplus
}
#endif

#endif
