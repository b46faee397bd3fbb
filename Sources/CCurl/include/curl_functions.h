#pragma once
#include <stdbool.h>

#include <curl/curl.h>

// libcurl as chimney calls it. It is opened when somebody needs it and not when the program starts: it brings thirty
// other libraries along, which would cost every CGI request twice the time of all the rest, and the workers never call
// it.

/// Opens libcurl. Before it has returned true, nothing else here may be called. Otherwise `reason` tells what is
/// missing; it is valid until the next dlopen(3).
bool chimney_curl_open(const char **reason);

CURLcode chimney_curl_global_init(long flags);
void chimney_curl_free(void *memory);
time_t chimney_curl_getdate(const char *text);

CURL *chimney_curl_easy_init(void);
void chimney_curl_easy_cleanup(CURL *easy);
const char *chimney_curl_easy_strerror(CURLcode code);
struct curl_header *chimney_curl_easy_nextheader(
    CURL *easy, unsigned int origin, int request, struct curl_header *previous);

struct curl_slist *chimney_curl_slist_append(struct curl_slist *list, const char *text);
void chimney_curl_slist_free_all(struct curl_slist *list);

CURLU *chimney_curl_url(void);
void chimney_curl_url_cleanup(CURLU *url);
CURLUcode chimney_curl_url_get(CURLU *url, CURLUPart part, char **text, unsigned int flags);
CURLUcode chimney_curl_url_set(CURLU *url, CURLUPart part, const char *text, unsigned int flags);

CURLM *chimney_curl_multi_init(void);
CURLMcode chimney_curl_multi_cleanup(CURLM *multi);
CURLMcode chimney_curl_multi_add_handle(CURLM *multi, CURL *easy);
CURLMcode chimney_curl_multi_remove_handle(CURLM *multi, CURL *easy);
CURLMcode chimney_curl_multi_perform(CURLM *multi, int *running);
CURLMcode chimney_curl_multi_poll(
    CURLM *multi, struct curl_waitfd *descriptors, unsigned int count, int milliseconds, int *ready);
CURLMsg *chimney_curl_multi_info_read(CURLM *multi, int *left);
const char *chimney_curl_multi_strerror(CURLMcode code);

// curl_easy_setopt(3), curl_easy_getinfo(3) and curl_multi_setopt(3) take any type, which Swift cannot call.
CURLcode chimney_curl_set_long(CURL *easy, CURLoption option, long value);
CURLcode chimney_curl_set_size(CURL *easy, CURLoption option, curl_off_t value);
CURLcode chimney_curl_set_string(CURL *easy, CURLoption option, const char *value);
CURLcode chimney_curl_set_pointer(CURL *easy, CURLoption option, const void *value);
CURLcode chimney_curl_set_callback(CURL *easy, CURLoption option, curl_write_callback callback);
CURLcode chimney_curl_get_long(CURL *easy, CURLINFO info, long *value);
CURLcode chimney_curl_get_size(CURL *easy, CURLINFO info, curl_off_t *value);
CURLcode chimney_curl_get_string(CURL *easy, CURLINFO info, const char **value);
CURLMcode chimney_curl_multi_set_long(CURLM *multi, CURLMoption option, long value);
