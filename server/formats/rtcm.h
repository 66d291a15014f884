/* Streams of RTCM 3: frames found and checked, and what they hold counted. Contents are not decoded. */
#pragma once
#include "arena.h"
#include "error.h"
#include "header.h"
#include "instant.h"
#include <stdint.h>

#define RTCM_PAYLOAD_MAX 1023   /* bytes: the length has ten bits */
#define RTCM_KINDS_MAX 1024     /* different messages in one index */
#define RTCM_FAILURES_MAX 10000 /* more than there are frames */

/* What an epoch counts milliseconds of. The week, or the day, is not in the message. */
enum rtcm_clock {
    RTCM_NO_CLOCK,
    RTCM_GPS_WEEK,
    RTCM_GALILEO_WEEK,
    RTCM_BEIDOU_WEEK,
    RTCM_NAVIC_WEEK,
    RTCM_GLONASS_DAY
};

struct rtcm_frame {
    size_t offset; /* of its first byte */
    struct str payload;
    int number;     /* of the message; -1: a frame without one */
    int subtype;    /* of an IGS SSR message (4076), else -1 */
    int station;    /* -1: none */
    int provider;   /* of corrections; -1: none */
    int satellites; /* corrected; -1: not told */
    enum rtcm_clock clock;
    int64_t epoch; /* milliseconds */
};

struct rtcm_reader {
    struct str text;
    size_t at;
    size_t frames, failures; /* failures: what began like a frame and had another checksum, or was cut */
    size_t passed_over;      /* bytes outside of frames */
};

static inline struct rtcm_reader rtcm_reader(struct str text)
{
    return (struct rtcm_reader){.text = text};
}
/* The next frame whose checksum is right; what is none, such as lines of NMEA between frames, is passed over and
 * counted. False at the end, and behind RTCM_FAILURES_MAX failures more than frames. */
bool rtcm_next(struct rtcm_reader *reader, struct rtcm_frame *ret);
uint32_t rtcm_checksum(struct str bytes); /* CRC-24Q */

/* One kind of message in a stream. */
struct rtcm_kind {
    int number, subtype;
    size_t count;
    enum rtcm_clock clock;
    int64_t first, last; /* epochs, in the order of the stream; without a clock 0 */
    size_t epochs;       /* how often the epoch was another than the one before */
};

struct rtcm_index {
    struct rtcm_kind *kinds; /* by number and subtype */
    size_t n;
    size_t bytes, frames, failures, passed_over;
};
/* All of a stream. ERR_INVALID_RECORD if there is no frame in it, or more kinds than RTCM_KINDS_MAX, or more failures
 * than RTCM_FAILURES_MAX beyond the frames: each costs a checksum. */
int rtcm_read(struct str text, struct arena *arena, struct rtcm_index *ret, struct fault *fault);
/* A record of type rtcmstream. Its time is the first epoch, in the week or day in which it is nearest to `near`; the
 * day of that if no message has an epoch. filename may be empty. */
void rtcm_record(const struct rtcm_index *index, const struct header *header, struct str filename, instant near,
                 struct buf *out);
