#include "exchange.h"
#include "client.h"
#include "memory.h"

#include <curl/curl.h>
#include <strings.h>
#include <time.h>
#include <unistd.h>

#define WAIT_MAX 60 /* seconds between two tries, whatever the exchange asks for */
#define PROBLEM_MAX (1 << 20)

struct exchange {
    CURL *curl;
    char *url;
    long retries;
    bool quiet;
    char reason[CURL_ERROR_SIZE];
    struct buf answer, banner, left_out, left_out_ids;
    /* of the call that goes on */
    const struct call *call;
    int ended;  /* by the sink, or because the answer is too long */
    bool begun; /* the sink has had some of it */
};

/* --- receiving --- */

static bool good(long status)
{
    return status >= 200 && status < 300;
}

static size_t keep(struct exchange *x, const char *p, size_t n, size_t most)
{
    if (n > most - x->answer.n) {
        x->ended = complain(EX_PROTOCOL, "the answer is longer than %zu bytes", most);
        return 0;
    }
    buf_add(&x->answer, p, n);
    return n;
}

/* curl's callback: another number than n ends the transfer. */
static size_t on_body(char *p, size_t size, size_t n, void *ctx)
{
    struct exchange *x = ctx;
    long status = 0;
    curl_easy_getinfo(x->curl, CURLINFO_RESPONSE_CODE, &status);
    n *= size;
    if (!good(status))
        return keep(x, p, n, PROBLEM_MAX);
    if (!x->call->sink)
        return keep(x, p, n, ANSWER_MAX);
    x->begun = true;
    x->ended = x->call->sink(x->call->ctx, (struct str){p, n});
    return x->ended ? 0 : n;
}

/* If it is that field: its value. */
static void take_field(const char *line, size_t n, const char *name, struct buf *ret)
{
    size_t length = strlen(name);
    if (n <= length || line[length] != ':' || strncasecmp(line, name, length) != 0)
        return;
    const char *from = line + length + 1, *end = line + n;
    while (from < end && *from == ' ')
        from++;
    while (end > from && (end[-1] == '\r' || end[-1] == '\n'))
        end--;
    buf_clear(ret);
    buf_add(ret, from, (size_t)(end - from));
}

static size_t on_header(char *p, size_t size, size_t n, void *ctx)
{
    struct exchange *x = ctx;
    n *= size;
    take_field(p, n, "X-Classification-Banner", &x->banner);
    take_field(p, n, "X-Left-Out", &x->left_out);
    take_field(p, n, "X-Left-Out-Ids", &x->left_out_ids);
    return n;
}

/* --- one try --- */

int exchange_open(const struct profile *profile, bool quiet, struct exchange **ret)
{
    CURL *curl = curl_easy_init();
    if (!curl)
        return complain(EX_SOFTWARE, "libcurl does not start");
    struct exchange *x = memory_zeroed(sizeof *x);
    *x = (struct exchange){.curl = curl, .retries = profile->retries, .quiet = quiet};
    x->url = memory_strdup(profile->value[PROFILE_URL]);
    for (size_t n = strlen(x->url); n && x->url[n - 1] == '/'; n--)
        x->url[n - 1] = '\0';
    curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, x->reason);
    curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "https");
    curl_easy_setopt(curl, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
    curl_easy_setopt(curl, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
    curl_easy_setopt(curl, CURLOPT_CAINFO, profile->value[PROFILE_CA]);
    curl_easy_setopt(curl, CURLOPT_SSLCERT, profile->value[PROFILE_CERT]);
    curl_easy_setopt(curl, CURLOPT_SSLKEY, profile->value[PROFILE_KEY]);
    curl_easy_setopt(curl, CURLOPT_ACCEPT_ENCODING, "");
    curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT, profile->timeout < 30 ? profile->timeout : 30L);
    curl_easy_setopt(curl, CURLOPT_LOW_SPEED_LIMIT, 1L);
    curl_easy_setopt(curl, CURLOPT_LOW_SPEED_TIME, profile->timeout);
    curl_easy_setopt(curl, CURLOPT_USERAGENT, "relto/" RELTO_VERSION);
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, on_body);
    curl_easy_setopt(curl, CURLOPT_WRITEDATA, x);
    curl_easy_setopt(curl, CURLOPT_HEADERFUNCTION, on_header);
    curl_easy_setopt(curl, CURLOPT_HEADERDATA, x);
    *ret = x;
    return 0;
}

void exchange_close(struct exchange *x)
{
    if (!x)
        return;
    curl_easy_cleanup(x->curl);
    buf_free(&x->answer);
    buf_free(&x->banner);
    buf_free(&x->left_out);
    buf_free(&x->left_out_ids);
    free(x->url);
    free(x);
}

static void add_escaped(struct buf *b, const char *text, size_t n)
{
    char *escaped = curl_easy_escape(NULL, text, (int)n);
    if (!escaped)
        memory_exhausted(n);
    buf_z(b, n ? escaped : ""); /* curl takes 0 for "as long as it is" */
    curl_free(escaped);
}

void path_add(struct buf *path, const char *segment)
{
    buf_char(path, '/');
    add_escaped(path, segment, strlen(segment));
}

static void set_url(struct exchange *x, const struct call *call)
{
    BUF_CLEANUP struct buf url = {0};
    buf_z(&url, x->url);
    buf_z(&url, call->path);
    for (size_t i = 0; i < call->n_query; i++) {
        size_t name = strcspn(call->query[i], "=");
        buf_char(&url, i ? '&' : '?');
        add_escaped(&url, call->query[i], name);
        if (!call->query[i][name])
            continue;
        buf_char(&url, '=');
        add_escaped(&url, call->query[i] + name + 1, strlen(call->query[i] + name + 1));
    }
    buf_char(&url, '\0');
    curl_easy_setopt(x->curl, CURLOPT_URL, url.p); /* curl copies it */
}

static void set_body(struct exchange *x, const struct call *call)
{
    if (!call->body.p) {
        curl_easy_setopt(x->curl, CURLOPT_HTTPGET, 1L);
        return;
    }
    curl_easy_setopt(x->curl, CURLOPT_POST, 1L);
    curl_easy_setopt(x->curl, CURLOPT_POSTFIELDS, call->body.p);
    curl_easy_setopt(x->curl, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)call->body.n);
}

static void add_line(struct curl_slist **list, const char *name, const char *value)
{
    BUF_CLEANUP struct buf line = {0};
    buf_printf(&line, "%s: %s", name, value);
    buf_char(&line, '\0');
    struct curl_slist *longer = curl_slist_append(*list, line.p);
    if (!longer)
        memory_exhausted(line.n);
    *list = longer;
}

static struct curl_slist *header_lines(const struct call *call)
{
    struct curl_slist *list = NULL;
    if (call->body.p) {
        add_line(&list, "Content-Type", call->content_type ? call->content_type : "application/json");
        list = curl_slist_append(list, "Expect:"); /* a round trip that only delays */
    }
    if (call->label)
        add_line(&list, "Relto-Label", call->label);
    return list;
}

static CURLcode try_once(struct exchange *x, const struct call *call, long *ret_status)
{
    struct curl_slist *lines = header_lines(call);
    x->call = call;
    x->ended = 0;
    x->reason[0] = '\0';
    buf_clear(&x->answer);
    buf_clear(&x->banner);
    buf_clear(&x->left_out);
    buf_clear(&x->left_out_ids);
    set_url(x, call);
    set_body(x, call);
    curl_easy_setopt(x->curl, CURLOPT_HTTPHEADER, lines);
    CURLcode code = curl_easy_perform(x->curl);
    curl_easy_setopt(x->curl, CURLOPT_HTTPHEADER, NULL);
    curl_slist_free_all(lines);
    curl_easy_getinfo(x->curl, CURLINFO_RESPONSE_CODE, ret_status);
    return code;
}

/* --- trying again --- */

static int exit_of(CURLcode code)
{
    switch (code) {
    case CURLE_COULDNT_RESOLVE_HOST:
    case CURLE_COULDNT_RESOLVE_PROXY:
    case CURLE_COULDNT_CONNECT: return EX_UNAVAILABLE;
    case CURLE_SSL_CERTPROBLEM:
    case CURLE_SSL_CACERT_BADFILE:
    case CURLE_URL_MALFORMAT:
    case CURLE_UNSUPPORTED_PROTOCOL: return EX_CONFIG;
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CONNECT_ERROR: return EX_NOPERM;
    case CURLE_OPERATION_TIMEDOUT:
    case CURLE_GOT_NOTHING:
    case CURLE_SEND_ERROR:
    case CURLE_RECV_ERROR:
    case CURLE_PARTIAL_FILE: return EX_TEMPFAIL;
    default: return EX_PROTOCOL;
    }
}

/* TLS 1.3 tells a client that it is refused only when it reads: the alert's number stands in OpenSSL's words. */
static int broken_exit(const struct exchange *x, CURLcode code)
{
    return code == CURLE_RECV_ERROR && strstr(x->reason, "alert") ? EX_NOPERM : exit_of(code);
}

static bool passing(int status)
{
    return status == EX_UNAVAILABLE || status == EX_TEMPFAIL;
}

static void await(struct exchange *x, const char *why, long seconds)
{
    struct timespec left = {.tv_sec = seconds < WAIT_MAX ? seconds : WAIT_MAX};
    if (!x->quiet && isatty(STDERR_FILENO))
        fprintf(stderr, "relto: %s; again in %ld s\n", why, (long)left.tv_sec);
    while (nanosleep(&left, &left))
        ;
}

static long asked_wait(struct exchange *x, long tried)
{
    curl_off_t seconds = 0;
    curl_easy_getinfo(x->curl, CURLINFO_RETRY_AFTER, &seconds);
    return seconds > 0 ? (long)(seconds < WAIT_MAX ? seconds : WAIT_MAX) : 1L << (tried < 6 ? tried : 6);
}

int exchange_try(struct exchange *x, const struct call *call, long *ret_status, struct str *ret)
{
    x->begun = false;
    for (long tried = 0;; tried++) {
        CURLcode code = try_once(x, call, ret_status);
        const char *why = *x->reason ? x->reason : curl_easy_strerror(code);
        if (x->ended)
            return x->ended;
        if (code && (x->begun || call->once || !passing(broken_exit(x, code)) || tried >= x->retries))
            return complain(broken_exit(x, code), "%s: %s", x->url, why);
        if (!code && ((*ret_status != 429 && *ret_status != 503) || tried >= x->retries))
            break;
        await(x, code ? why : "the exchange is busy", code ? 1L << (tried < 6 ? tried : 6) : asked_wait(x, tried));
    }
    if (!good(*ret_status) || !call->sink)
        *ret = buf_view(&x->answer);
    return 0;
}

int exchange_exit(long http_status)
{
    switch (http_status) {
    case 401:
    case 403: return EX_NOPERM;
    case 404: return EX_REFUSED;
    case 408:
    case 429:
    case 503: return EX_TEMPFAIL;
    default: return http_status < 400 ? EX_PROTOCOL : http_status < 500 ? EX_DATAERR : EX_UNAVAILABLE;
    }
}

int exchange_ask(struct exchange *x, const struct call *call, struct str *ret)
{
    long status = 0;
    struct str answer = {"", 0};
    int error = exchange_try(x, call, &status, &answer);
    if (error)
        return error;
    if (!good(status))
        return complain_problem(exchange_exit(status), "", answer);
    if (ret)
        *ret = answer;
    return 0;
}

const char *exchange_url(const struct exchange *x)
{
    return x->url;
}

struct str exchange_banner(const struct exchange *x)
{
    return buf_view(&x->banner);
}

struct str exchange_left_out(const struct exchange *x)
{
    return buf_view(&x->left_out);
}

struct str exchange_left_out_ids(const struct exchange *x)
{
    return buf_view(&x->left_out_ids);
}
