#include "curl_functions.h"

#include <dlfcn.h>
#include <stddef.h>

// Type checks of curl's own, which need options that are known when this is compiled.
#undef curl_easy_setopt
#undef curl_easy_getinfo
#undef curl_multi_setopt

// All that is looked up, each with the type that curl's header gives it.
#define FUNCTIONS(X)                                                                                            \
    X(curl_global_init) X(curl_free) X(curl_getdate)                                                            \
    X(curl_easy_init) X(curl_easy_cleanup) X(curl_easy_strerror) X(curl_easy_nextheader)                        \
    X(curl_easy_setopt) X(curl_easy_getinfo)                                                                    \
    X(curl_slist_append) X(curl_slist_free_all)                                                                 \
    X(curl_url) X(curl_url_cleanup) X(curl_url_get) X(curl_url_set)                                             \
    X(curl_multi_init) X(curl_multi_cleanup) X(curl_multi_add_handle) X(curl_multi_remove_handle)               \
    X(curl_multi_perform) X(curl_multi_poll) X(curl_multi_info_read) X(curl_multi_strerror) X(curl_multi_setopt)

static struct {
#define POINTER(name) __typeof__(&name) name;
    FUNCTIONS(POINTER)
} curl;

bool chimney_curl_open(const char **reason) {
    void *library = dlopen("libcurl.so.4", RTLD_NOW | RTLD_LOCAL);
    if (!library) {
        *reason = dlerror();
        return false;
    }
#define LOOK_UP(name)                                                 \
    if (!(*(void **)&curl.name = dlsym(library, #name))) {            \
        *reason = #name " is missing in libcurl.so.4: it is too old"; \
        return false;                                                 \
    }
    FUNCTIONS(LOOK_UP)
    return true;
}

CURLcode chimney_curl_global_init(long flags) { return curl.curl_global_init(flags); }
void chimney_curl_free(void *memory) { curl.curl_free(memory); }
time_t chimney_curl_getdate(const char *text) { return curl.curl_getdate(text, NULL); }

CURL *chimney_curl_easy_init(void) { return curl.curl_easy_init(); }
void chimney_curl_easy_cleanup(CURL *easy) { curl.curl_easy_cleanup(easy); }
const char *chimney_curl_easy_strerror(CURLcode code) { return curl.curl_easy_strerror(code); }
struct curl_header *chimney_curl_easy_nextheader(
    CURL *easy, unsigned int origin, int request, struct curl_header *previous) {
    return curl.curl_easy_nextheader(easy, origin, request, previous);
}

struct curl_slist *chimney_curl_slist_append(struct curl_slist *list, const char *text) {
    return curl.curl_slist_append(list, text);
}
void chimney_curl_slist_free_all(struct curl_slist *list) { curl.curl_slist_free_all(list); }

CURLU *chimney_curl_url(void) { return curl.curl_url(); }
void chimney_curl_url_cleanup(CURLU *url) { curl.curl_url_cleanup(url); }
CURLUcode chimney_curl_url_get(CURLU *url, CURLUPart part, char **text, unsigned int flags) {
    return curl.curl_url_get(url, part, text, flags);
}
CURLUcode chimney_curl_url_set(CURLU *url, CURLUPart part, const char *text, unsigned int flags) {
    return curl.curl_url_set(url, part, text, flags);
}

CURLM *chimney_curl_multi_init(void) { return curl.curl_multi_init(); }
CURLMcode chimney_curl_multi_cleanup(CURLM *multi) { return curl.curl_multi_cleanup(multi); }
CURLMcode chimney_curl_multi_add_handle(CURLM *multi, CURL *easy) { return curl.curl_multi_add_handle(multi, easy); }
CURLMcode chimney_curl_multi_remove_handle(CURLM *multi, CURL *easy) {
    return curl.curl_multi_remove_handle(multi, easy);
}
CURLMcode chimney_curl_multi_perform(CURLM *multi, int *running) { return curl.curl_multi_perform(multi, running); }
CURLMcode chimney_curl_multi_poll(
    CURLM *multi, struct curl_waitfd *descriptors, unsigned int count, int milliseconds, int *ready) {
    return curl.curl_multi_poll(multi, descriptors, count, milliseconds, ready);
}
CURLMsg *chimney_curl_multi_info_read(CURLM *multi, int *left) { return curl.curl_multi_info_read(multi, left); }
const char *chimney_curl_multi_strerror(CURLMcode code) { return curl.curl_multi_strerror(code); }

CURLcode chimney_curl_set_long(CURL *easy, CURLoption option, long value) {
    return curl.curl_easy_setopt(easy, option, value);
}
CURLcode chimney_curl_set_size(CURL *easy, CURLoption option, curl_off_t value) {
    return curl.curl_easy_setopt(easy, option, value);
}
CURLcode chimney_curl_set_string(CURL *easy, CURLoption option, const char *value) {
    return curl.curl_easy_setopt(easy, option, value);
}
CURLcode chimney_curl_set_pointer(CURL *easy, CURLoption option, const void *value) {
    return curl.curl_easy_setopt(easy, option, value);
}
CURLcode chimney_curl_set_callback(CURL *easy, CURLoption option, curl_write_callback callback) {
    return curl.curl_easy_setopt(easy, option, callback);
}
CURLcode chimney_curl_get_long(CURL *easy, CURLINFO info, long *value) {
    return curl.curl_easy_getinfo(easy, info, value);
}
CURLcode chimney_curl_get_size(CURL *easy, CURLINFO info, curl_off_t *value) {
    return curl.curl_easy_getinfo(easy, info, value);
}
CURLcode chimney_curl_get_string(CURL *easy, CURLINFO info, const char **value) {
    return curl.curl_easy_getinfo(easy, info, value);
}
CURLMcode chimney_curl_multi_set_long(CURLM *multi, CURLMoption option, long value) {
    return curl.curl_multi_setopt(multi, option, value);
}
