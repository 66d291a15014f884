/* Which answers are sent in a content coding, and where it is made: by workers, never by a loop thread. */
#include "coding.h"
#include "http_internal.h"

/* An event stream is not coded: a coder would cost each follower more than all the rest of it, and what one partner
 * posts would stand in one window with what another has just posted, each piece by itself on the line. */
bool coded_type(const char *content_type)
{
    return content_type && strcmp(content_type, "text/event-stream") != 0;
}

/* Short answers gain nothing, but who takes no plain ones gets none. */
static bool is_long(const struct request *r, size_t length)
{
    size_t from = r->server->config.limits.coded_from;
    return from && length && (length >= from || !r->plain);
}

void coded_choose(struct request *r, size_t length)
{
    if (!is_long(r, length))
        return;
    reply_header(r, MHD_HTTP_HEADER_VARY, MHD_HTTP_HEADER_ACCEPT_ENCODING);
    r->answer.coding = r->coding;
}

/* Of what is not known yet nothing is said, nor of a length that depends on what would come of the coding. */
size_t coded_head(struct request *r, size_t length)
{
    if (length != LENGTH_UNKNOWN)
        coded_choose(r, length);
    return r->answer.coding ? LENGTH_UNKNOWN : length;
}

static void code(struct request *r, struct coder *c, bool last)
{
    struct buf plain = r->answer.body;
    r->answer.body = (struct buf){0};
    coder_add(c, buf_view(&plain), last, &r->answer.body);
    buf_free(&plain);
}

/* --- a whole body --- */

static void code_whole(struct request *r)
{
    struct answer *a = &r->answer;
    struct coder *c = coder_take(r->server->coders, a->coding, a->body.n);
    code(r, c, true);
    coder_give(r->server->coders, c);
    answer_commit(r, answer_from_body(r, NULL));
}

static void run_code(struct job *job)
{
    struct request *r = (struct request *)job;
    code_whole(r);
    request_unref(r);
}

/* Who answers may be a loop thread, or one that writes for everybody. */
void coded_commit(struct request *r, const char *content_type)
{
    coded_choose(r, coded_type(content_type) ? r->answer.body.n : 0);
    if (!r->answer.coding) {
        answer_commit(r, answer_from_body(r, content_type));
        return;
    }
    reply_header(r, MHD_HTTP_HEADER_CONTENT_TYPE, content_type);
    if (r->worked && pthread_equal(r->handler, pthread_self())) {
        code_whole(r);
        return;
    }
    r->job.run = run_code;
    request_ref(r);
    if (!work_push(r->server->work, &r->job, false))
        run_code(&r->job);
}

/* --- pieces --- */

void coded_piece(struct request *r, bool first)
{
    struct answer *a = &r->answer;
    size_t length = a->ended ? a->body.n : LENGTH_UNKNOWN;
    if (first && a->codable)
        coded_choose(r, length);
    if (first && a->coding)
        a->coder = coder_take(r->server->coders, a->coding, length);
    if (a->coder)
        code(r, a->coder, a->ended);
}
