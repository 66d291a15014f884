/* Views: what is refused, what is left of a record, and what is proved of two views. */
#include "leaks.h"
#include "sample.h"
#include "view.h"

#include <criterion/criterion.h>
#include <stdlib.h>

TestSuite(view, .fini = no_leaks);

/* --- helpers --- */

/* Steps are written with ' for ". */
static struct str quoted(const char *text, struct arena *arena)
{
    char *copy = arena_strz(arena, str_of(text));
    for (char *p = copy; *p; p++)
        if (*p == '\'')
            *p = '"';
    return str_of(copy);
}

static const struct view *view_of(const char *type, const char *steps, struct arena *arena)
{
    const struct view *v = NULL;
    struct fault fault = {0};
    cr_assert_eq(view_compile(type_named(type), quoted(steps, arena), arena, &v, &fault), 0, "%s: %s %s", steps,
                 fault.where, fault.detail);
    return v;
}

static void expect(const char *type, const char *steps, const char *body, const char *want)
{
    ARENA_CLEANUP struct arena *arena = arena_new();
    BUF_CLEANUP struct buf out = {0}, again = {0};
    const struct view *v = view_of(type, steps, arena);
    cr_assert(view_project(v, quoted(body, arena), (struct str){NULL, 0}, &out), "%s", body);
    cr_assert(str_eq(buf_view(&out), quoted(want, arena)), "%s: got %.*s", steps, STR_ARG(buf_view(&out)));
    cr_assert(view_project(v, buf_view(&out), (struct str){NULL, 0}, &again));
    cr_assert(str_eq(buf_view(&out), buf_view(&again)), "%s twice: %.*s", steps, STR_ARG(buf_view(&again)));
}

static void expect_refused(const char *type, const char *steps, const char *where, const char *detail)
{
    ARENA_CLEANUP struct arena *arena = arena_new();
    const struct view *v = NULL;
    struct fault fault = {0};
    cr_assert_eq(view_compile(type_named(type), quoted(steps, arena), arena, &v, &fault), ERR_BAD_POLICY, "%s", steps);
    cr_assert_str_eq(fault.where, where, "%s: %s (%s)", steps, fault.where, fault.detail);
    cr_assert(strstr(fault.detail, detail), "%s: %s", steps, fault.detail);
    cr_assert_null(v);
}

/* --- steps --- */

Test(view, without_steps_everything_is_shown)
{
    expect("elset", "[]", "{'epoch':'2026-05-04T03:02:01.000006Z','satNo':5}",
           "{'epoch':'2026-05-04T03:02:01.000006Z','satNo':5}");
    expect("elset", "[]", "{}", "{}");
}

Test(view, drop_takes_fields_away)
{
    expect("eoobservation", "[{'drop':['ra','declination']}]", "{'declination':1,'mag':9.5,'ra':2}", "{'mag':9.5}");
    expect("eoobservation", "[{'drop':['ra']},{'drop':['ra']}]", "{'ra':2}", "{}");
    expect("eoobservation", "[{'drop':['source','satNo']}]", "{'satNo':7,'source':'x'}", "{}");
}

Test(view, round_goes_towards_zero_in_decimal)
{
    static const struct {
        const char *step, *in, *out;
    } cases[] = {
        {"10", "1237", "1230"},
        {"10", "-1237", "-1230"},
        {"10", "9.99", "0"},
        {"10", "-9.99", "0"},
        {"0.1", "0.3", "0.3"},
        {"0.1", "0.39", "0.3"},
        {"0.1", "1e-9", "0"},
        {"0.05", "0.14", "0.1"},
        {"2.5", "9.99", "7.5"},
        {"0.5", "-1.75", "-1.5"},
        {"7", "100", "98"},
        {"0.001", "12.3456789", "12.345"},
        {"100", "1.2345e3", "1200"},
        {"1", "1E2", "100"},
        {"3", "1000000000", "999999999"},
        {"0.10000000000000001", "0.27", "0.2"},
        {"1e3", "123456789012345678901234567890", "123456789012345678901234567000"},
        {"1e-12", "0.1234567890123456", "0.123456789012"},
        {"10", "-0.0", "0"},
        {"10", "1e25", "10000000000000000000000000"},
        {"0.25", "00", NULL},
    };
    for (size_t i = 0; cases[i].out; i++) {
        ARENA_CLEANUP struct arena *arena = arena_new();
        expect("eoobservation", arena_printf(arena, "[{'round':{'field':'bgIntensity','step':%s}}]", cases[i].step),
               arena_printf(arena, "{'bgIntensity':%s}", cases[i].in),
               arena_printf(arena, "{'bgIntensity':%s}", cases[i].out));
    }
}

Test(view, digits_keep_the_first_ones)
{
    static const struct {
        int digits;
        const char *in, *out;
    } cases[] = {
        {2, "12.9", "12"},       {2, "129", "120"},    {3, "0.0012345", "0.00123"}, {1, "9.99", "9"},
        {1, "-0.0995", "-0.09"}, {15, "0.1", "0.1"},   {2, "1e5", "100000"},        {3, "99999e2", "9990000"},
        {2, "0", "0"},           {2, "4.9e-320", "0"}, {2, "100", "100"},           {2, "0.10", "0.1"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        ARENA_CLEANUP struct arena *arena = arena_new();
        expect("eoobservation",
               arena_printf(arena, "[{'digits':{'field':'bgIntensity','digits':%d}}]", cases[i].digits),
               arena_printf(arena, "{'bgIntensity':%s}", cases[i].in),
               arena_printf(arena, "{'bgIntensity':%s}", cases[i].out));
    }
}

Test(view, arrays_are_reduced_element_by_element)
{
    expect("eoobservation", "[{'round':{'field':'senQuat','step':0.1}}]", "{'senQuat':[0.15,-0.99,1]}",
           "{'senQuat':[0.1,-0.9,1]}");
    expect("eoobservation", "[{'round':{'field':'senQuat','step':0.1}}]", "{'senQuat':[]}", "{'senQuat':[]}");
}

Test(view, times_go_to_the_start_of_their_step)
{
    const char *steps = "[{'time':{'field':'obTime','seconds':60}}]";
    expect("eoobservation", steps, "{'obTime':'2026-05-04T03:02:01.000006Z'}",
           "{'obTime':'2026-05-04T03:02:00.000000Z'}");
    expect("eoobservation", steps, "{'obTime':'2026-05-04T03:02:59.999999Z'}",
           "{'obTime':'2026-05-04T03:02:00.000000Z'}");
    expect("eoobservation", "[{'time':{'field':'obTime','seconds':86400}}]", "{'obTime':'1957-10-04T23:59:59.999999Z'}",
           "{'obTime':'1957-10-04T00:00:00.000000Z'}");
}

#define WESTPAC                                                                                                        \
    "{'name':'WESTPAC','south':20,'north':50,'west':120,'east':180,'at':[30,135,0]},"                                  \
    "{'name':'DATE LINE','south':-10,'north':10,'west':170,'east':-170,'at':[0,179.5,0.1]}"
#define REGION "[{'region':{'latitude':'senlat','longitude':'senlon','altitude':'senalt','regions':[" WESTPAC "]}}]"

Test(view, a_place_becomes_its_regions)
{
    expect("eoobservation", REGION, "{'senalt':3.2,'senlat':35.5,'senlon':139.75}",
           "{'senalt':0,'senlat':30,'senlon':135}");
    expect("eoobservation", REGION, "{'senlat':20,'senlon':180}", "{'senlat':30,'senlon':135}");
    expect("eoobservation", REGION, "{'senalt':1,'senlat':-10,'senlon':-170}",
           "{'senalt':0.1,'senlat':0,'senlon':179.5}");
    expect("eoobservation", REGION, "{'senalt':1,'senlat':0,'senlon':0}", "{}");
    expect("eoobservation", REGION, "{'senalt':1,'senlat':30}", "{}");
    expect("eoobservation", REGION, "{'senalt':1}", "{}");
}

Test(view, a_region_takes_the_sensors_other_coordinates_away)
{
    expect("eoobservation", REGION, "{'geolat':1,'senlat':35,'senlon':139,'senvelx':1,'senx':1,'seny':2}",
           "{'geolat':1,'senlat':30,'senlon':135}");
}

Test(view, covariance_is_what_the_descriptors_say)
{
    expect("statevector", "[{'covariance':'drop'}]", "{'cov':[1,2],'epoch':'2026-05-04T03:02:01.000006Z','posUnc':1}",
           "{'epoch':'2026-05-04T03:02:01.000006Z'}");
    expect("eoobservation", "[{'covariance':'drop'}]", "{'eoobservationDetails':{'raCov':1,'snrEst':2},'raUnc':1}",
           "{'eoobservationDetails':{'snrEst':2},'raUnc':1}");
}

Test(view, what_is_embedded_is_reduced_alike)
{
    const char *body = "{'source':'A','stateVector1':{'epoch':'2026-05-04T03:02:01.000006Z','source':'B','xpos':123.4},"
                       "'stateVector2':{'cov':[1],'xpos':-5},'tca':'2026-05-04T03:02:01.000006Z'}";
    expect("conjunction",
           "[{'drop':['source']},{'covariance':'drop'},{'round':{'field':'xpos','step':100}},"
           "{'time':{'field':'epoch','seconds':3600}}]",
           body,
           "{'stateVector1':{'epoch':'2026-05-04T03:00:00.000000Z','xpos':100},'stateVector2':{'xpos':0},"
           "'tca':'2026-05-04T03:02:01.000006Z'}");
    expect("conjunction", "[{'drop':['stateVector1']}]", body,
           "{'source':'A','stateVector2':{'cov':[1],'xpos':-5},'tca':'2026-05-04T03:02:01.000006Z'}");
}

Test(view, what_says_again_what_others_say_is_shown_with_everything_or_not_at_all)
{
    const char *body = "{'message':'MISS_DISTANCE = 715','missDistance':715,'stateVector1':{'cov':[1],'xpos':1}}";
    expect("conjunction", "[]", body, body);
    expect("conjunction", "[{'delay':{'seconds':3600}}]", body, body);
    expect("conjunction", "[{'drop':['missDistance']}]", body, "{'stateVector1':{'cov':[1],'xpos':1}}");
    expect("conjunction", "[{'digits':{'field':'missDistance','digits':1}}]", body,
           "{'missDistance':700,'stateVector1':{'cov':[1],'xpos':1}}");
    expect("conjunction", "[{'covariance':'drop'}]", body, "{'missDistance':715,'stateVector1':{'xpos':1}}");
    expect("conjunction", "[{'drop':['message']}]", body, "{'missDistance':715,'stateVector1':{'cov':[1],'xpos':1}}");
    expect("preciseephemeris", "[{'drop':['agency']}]", "{'agency':'IGS','points':[{'epoch':'2021-03-14','x':1}]}",
           "{'points':[{'x':1}]}");
}

/* Of every type: with whatever else is dropped, it goes; and the reduced view is within the whole one only. */
Test(view, no_view_that_reduces_a_record_shows_what_says_it_again)
{
    ARENA_CLEANUP struct arena *arena = arena_new();
    const struct field *source, *f;
    size_t found = 0;
    for (size_t i = 0; i < record_type_count(); i++) {
        const struct record_type *type = record_type_at(i);
        const struct view *reduced = view_of(type->name, "[{'drop':['source']}]", arena);
        const struct view *whole = view_of(type->name, "[]", arena);
        source = field_find(type->fields, STR("source"));
        cr_assert(!source->retells && view_within(reduced, whole) && !view_within(whole, reduced));
        for (size_t k = 0; k < type->fields->n; k++) {
            f = &type->fields->fields[k];
            bool hidden = f == source || f->retells;
            cr_assert_eq(view_field(reduced, f)->kind, hidden ? SHOW_NOTHING : SHOW_WHOLE, "%s.%s", type->name,
                         f->name);
            cr_assert_eq(view_field(whole, f)->kind, SHOW_WHOLE);
            found += f->retells;
        }
    }
    cr_assert_gt(found, 4);
}

Test(view, delay_and_acceptance_are_told)
{
    ARENA_CLEANUP struct arena *arena = arena_new();
    const struct view *v = view_of("eoobservation", "[{'delay':{'seconds':3600}}]", arena);
    cr_assert_eq(view_delay(v), INSTANT_HOUR);
    cr_assert_eq(view_created_width(v), 0);
    v = view_of("statevector", "[{'time':{'field':'epoch','seconds':60}},{'time':{'field':'msgTs','seconds':3600}}]",
                arena);
    cr_assert_eq(view_delay(v), 0);
    cr_assert_eq(view_created_width(v), INSTANT_HOUR);
}

Test(view, the_marking_can_take_the_place_of_the_records_own)
{
    ARENA_CLEANUP struct arena *arena = arena_new();
    BUF_CLEANUP struct buf out = {0};
    const struct view *v = view_of("conjunction", "[]", arena);
    struct str body =
        quoted("{'classificationMarking':'S//NF','stateVector1':{'classificationMarking':'S//NF'}}", arena);
    cr_assert(view_project(v, body, STR("U"), &out));
    cr_assert(str_eq(buf_view(&out),
                     quoted("{'classificationMarking':'U','stateVector1':{'classificationMarking':'U'}}", arena)));
}

Test(view, what_is_no_body_is_not_projected)
{
    static const char *const bodies[] = {
        "", "[]", "{", "{'ra'}", "{'ra':1}x", "{'ra':\"\"}", "{'obTime':'now'}", "{'senQuat':1}", "{'ra':1e999}", NULL};
    ARENA_CLEANUP struct arena *arena = arena_new();
    const struct view *v = view_of("eoobservation",
                                   "[{'round':{'field':'ra','step':1}},{'time':{'field':'obTime','seconds':1}},"
                                   "{'digits':{'field':'senQuat','digits':1}}]",
                                   arena);
    for (size_t i = 0; bodies[i]; i++) {
        BUF_CLEANUP struct buf out = {0};
        cr_assert_not(view_project(v, quoted(bodies[i], arena), (struct str){NULL, 0}, &out), "%s", bodies[i]);
        cr_assert_eq(out.n, 0);
    }
}

/* --- refusals --- */

Test(view, steps_are_checked_against_the_descriptor)
{
    static const struct {
        const char *steps, *where, *detail;
    } cases[] = {
        {"{}", "", "expected an array"},
        {"[1]", "[0]", "expected an object"},
        {"[{}]", "[0]", "expected an object with one member"},
        {"[{'drop':['ra'],'delay':{'seconds':1}}]", "[0]", "expected an object with one member"},
        {"[{'blur':1}]", "[0]", "expected covariance, delay"},
        {"[{'drop':'ra'}]", "[0].drop", "expected an array"},
        {"[{'drop':[]}]", "[0].drop", "expected an array"},
        {"[{'drop':[7]}]", "[0].drop", "expected the name of a field"},
        {"[{'drop':['ra']},{'drop':['declinaton']}]", "[1].drop", "the nearest name is declination"},
        {"[{'drop':['classificationMarking']}]", "[0].drop", "cannot be dropped"},
        {"[{'drop':['dataMode']}]", "[0].drop", "cannot be dropped"},
        {"[{'drop':['obTime']}]", "[0].drop", "cannot be dropped"},
        {"[{'drop':['id']}]", "[0].drop", "has no field id"},
        {"[{'round':{'field':'ra'}}]", "[0].round.step", "missing"},
        {"[{'round':{'field':'ra','step':1,'to':2}}]", "[0].round.to", "unknown member"},
        {"[{'round':{'field':'ra','field':'ra','step':1}}]", "[0].round.field", "given twice"},
        {"[{'round':{'field':'ra','step':0}}]", "[0].round.step", "expected a number above 0"},
        {"[{'round':{'field':'ra','step':-1}}]", "[0].round.step", "expected a number above 0"},
        {"[{'round':{'field':'ra','step':'1'}}]", "[0].round.step", "expected a number above 0"},
        {"[{'round':{'field':'ra','step':1e-13}}]", "[0].round.step", "expected a number above 0"},
        {"[{'round':{'field':'ra','step':1e13}}]", "[0].round.step", "expected a number above 0"},
        {"[{'round':{'field':'ra','step':1234567890.1}}]", "[0].round.step", "expected a number above 0"},
        {"[{'round':{'field':'source','step':1}}]", "[0].round.source", "expected a number"},
        {"[{'round':{'field':'satNo','step':0.5}}]", "[0].round.satNo", "expected a whole step"},
        {"[{'digits':{'field':'mag','digits':0}}]", "[0].digits.digits", "expected an integer from 1 to 15"},
        {"[{'digits':{'field':'mag','digits':16}}]", "[0].digits.digits", "expected an integer from 1 to 15"},
        {"[{'digits':{'field':'mag','digits':1.5}}]", "[0].digits.digits", "expected an integer from 1 to 15"},
        {"[{'digits':{'field':'obTime','digits':1}}]", "[0].digits.obTime", "expected a number"},
        {"[{'time':{'field':'ra','seconds':1}}]", "[0].time.ra", "expected a time"},
        {"[{'time':{'field':'obTime','seconds':0}}]", "[0].time.seconds", "expected an integer from 1 to 31622400"},
        {"[{'time':{'field':'obTime','seconds':31622401}}]", "[0].time.seconds", "expected an integer from 1"},
        {"[{'delay':{'seconds':0}}]", "[0].delay.seconds", "expected an integer from 1 to 31622400"},
        {"[{'delay':{'seconds':31622401}}]", "[0].delay.seconds", "expected an integer from 1 to 31622400"},
        {"[{'delay':{'seconds':1}},{'delay':{'seconds':1}}]", "[1].delay", "given twice"},
        {"[{'covariance':'keep'}]", "[0].covariance", "expected \"drop\""},
        {"[{'round':{'field':'ra','step':1}},{'digits':{'field':'ra','digits':1}}]", "[1].digits.ra",
         "another step reduces this field"},
        {"[{'drop':['ra']},{'digits':{'field':'ra','digits':1}}]", "[1].digits.ra", "another step"},
        {"[{'region':{'latitude':'senlat','longitude':'senlon','regions':[]}}]", "[0].region.regions", "1 to 64"},
        {"[{'region':{'latitude':'source','longitude':'senlon','regions':[" WESTPAC "]}}]", "[0].region.latitude",
         "holds one number"},
        {"[{'region':{'latitude':'senlat','longitude':'senlat','regions':[" WESTPAC "]}}]", "[0].region.senlat",
         "another step"},
        {"[{'region':{'latitude':'senlat','longitude':'senlon','regions':[{'name':'A','south':0,'north':10,'west':0,"
         "'east':10,'at':[20,5]}]}}]",
         "[0].region.regions", "expected a place in the region"},
        {"[{'region':{'latitude':'senlat','longitude':'senlon','regions':[{'name':'A','south':0,'north':10,'west':0,"
         "'east':10,'at':[5,5]},{'name':'B','south':0,'north':20,'west':0,'east':10,'at':[5,5]}]}}]",
         "[0].region.regions", "in no region before"},
        {"[{'region':{'latitude':'senlat','longitude':'senlon','altitude':'senalt','regions':[{'name':'A','south':0,"
         "'north':10,'west':0,'east':10,'at':[5,5]}]}}]",
         "[0].region.regions", "expected an altitude"},
        {"[{'region':{'latitude':'senlat','longitude':'senlon','regions':[{'name':'A','south':10,'north':0,'west':0,"
         "'east':10,'at':[5,5]}]}}]",
         "[0].region.regions", "south and north"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        expect_refused("eoobservation", cases[i].steps, cases[i].where, cases[i].detail);
    expect_refused("elset", "[{'covariance':'drop'}]", "[0].covariance", "elset has no covariance");
}

static void many(const char *item, size_t n, const char *open, const char *close, struct buf *out)
{
    buf_clear(out);
    buf_z(out, open);
    for (size_t i = 0; i < n; i++) {
        buf_z(out, i ? "," : "");
        buf_z(out, item);
    }
    buf_z(out, close);
    buf_char(out, '\0');
}

Test(view, numbers_of_steps_and_names_are_bounded)
{
    ARENA_CLEANUP struct arena *arena = arena_new();
    BUF_CLEANUP struct buf text = {0};
    many("{'drop':['ra']}", VIEW_STEPS_MAX, "[", "]", &text);
    view_of("eoobservation", text.p, arena);
    many("{'drop':['ra']}", VIEW_STEPS_MAX + 1, "[", "]", &text);
    expect_refused("eoobservation", text.p, "", "at most 64 steps");
    many("'ra'", VIEW_FIELDS_MAX, "[{'drop':[", "]}]", &text);
    view_of("eoobservation", text.p, arena);
    many("'ra'", VIEW_FIELDS_MAX + 1, "[{'drop':[", "]}]", &text);
    expect_refused("eoobservation", text.p, "[0].drop", "1 to 64");
}

/* --- the order --- */

static bool within(const char *type, const char *narrow, const char *wide)
{
    ARENA_CLEANUP struct arena *arena = arena_new();
    return view_within(view_of(type, narrow, arena), view_of(type, wide, arena));
}

Test(view, within_is_what_can_be_proved)
{
    static const struct {
        const char *narrow, *wide;
        bool within, back;
    } cases[] = {
        {"[]", "[]", true, true},
        {"[{'drop':['ra']}]", "[]", true, false},
        {"[{'drop':['ra']}]", "[{'drop':['mag']}]", false, false},
        {"[{'round':{'field':'mag','step':10}}]", "[{'round':{'field':'mag','step':2.5}}]", true, false},
        {"[{'round':{'field':'mag','step':10}}]", "[{'round':{'field':'mag','step':3}}]", false, false},
        {"[{'round':{'field':'mag','step':0.3}}]", "[{'round':{'field':'mag','step':0.1}}]", true, false},
        {"[{'round':{'field':'mag','step':1}}]", "[{'digits':{'field':'mag','digits':2}}]", false, false},
        {"[{'digits':{'field':'mag','digits':1}}]", "[{'digits':{'field':'mag','digits':2}}]", true, false},
        {"[{'drop':['mag']}]", "[{'digits':{'field':'mag','digits':2}}]", true, false},
        {"[{'time':{'field':'obTime','seconds':120}}]", "[{'time':{'field':'obTime','seconds':60}}]", true, false},
        {"[{'time':{'field':'obTime','seconds':90}}]", "[{'time':{'field':'obTime','seconds':60}}]", false, false},
        {"[{'delay':{'seconds':2}}]", "[{'delay':{'seconds':1}}]", true, false},
        {REGION, "[]", true, false},
        {REGION, "[{'drop':['senlat']}]", false, false},
        {REGION, "[{'drop':['seny']}]", true, false},
        {"[{'drop':['senlat','senlon','senalt','senx','seny','senz','senvelx','senvely','senvelz','senQuat']}]", REGION,
         true, false},
        {REGION, REGION, true, true},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        cr_assert_eq(within("eoobservation", cases[i].narrow, cases[i].wide), cases[i].within, "%s in %s",
                     cases[i].narrow, cases[i].wide);
        cr_assert_eq(within("eoobservation", cases[i].wide, cases[i].narrow), cases[i].back, "%s in %s", cases[i].wide,
                     cases[i].narrow);
    }
    cr_assert(within("conjunction", "[{'drop':['stateVector1']}]", "[]"));
    cr_assert_not(within("conjunction", "[]", "[{'drop':['xpos']}]"));
    cr_assert(within("conjunction", "[{'drop':['stateVector1','stateVector2']}]", "[{'drop':['xpos']}]"));
    cr_assert_not(within("conjunction", "[{'drop':['stateVector1']}]", "[{'drop':['xpos']}]"));
}

/* --- laws --- */

static const char *const chain[] = {
    "[]",
    "[{'round':{'field':'mag','step':0.1}},{'digits':{'field':'ra','digits':6}},{'time':{'field':'obTime','seconds':10}"
    "}]",
    "[{'round':{'field':'mag','step':0.5}},{'digits':{'field':'ra','digits':3}},{'time':{'field':'obTime','seconds':60}"
    "}]",
    "[{'round':{'field':'mag','step':2}},{'digits':{'field':'ra','digits':1}},{'time':{'field':'obTime','seconds':300}}"
    "]",
    "[{'drop':['mag','ra']},{'time':{'field':'obTime','seconds':3600}}]",
};

static void random_body(struct arena *arena, struct str *ret)
{
    instant t = INT64_C(1780000000) * INSTANT_SECOND + (int64_t)random() * 1000;
    char time[INSTANT_TEXT + 1];
    *ret = quoted(arena_printf(arena, "{'mag':%s%ld.%ld,'obTime':'%s','ra':%ld.%lde%ld}", random() % 2 ? "-" : "",
                               random() % 30, random() % 100000, instant_text(t, time), random() % 360, random() % 1000,
                               random() % 7 - 3),
                  arena);
}

/* What a narrower view shows is what it would show of the wider one's record. */
Test(view, a_view_within_another_follows_from_it)
{
    ARENA_CLEANUP struct arena *arena = arena_new();
    const size_t n = sizeof chain / sizeof *chain;
    srandom(7);
    for (size_t i = 0; i < n; i++)
        for (size_t k = i; k < n; k++) {
            const struct view *wide = view_of("eoobservation", chain[i], arena);
            const struct view *narrow = view_of("eoobservation", chain[k], arena);
            cr_assert(view_within(narrow, wide), "%s in %s", chain[k], chain[i]);
            for (int turn = 0; turn < 200; turn++) {
                BUF_CLEANUP struct buf once = {0}, direct = {0}, twice = {0};
                struct str body;
                random_body(arena, &body);
                cr_assert(view_project(wide, body, (struct str){NULL, 0}, &once));
                cr_assert(view_project(narrow, buf_view(&once), (struct str){NULL, 0}, &twice));
                cr_assert(view_project(narrow, body, (struct str){NULL, 0}, &direct));
                cr_assert(str_eq(buf_view(&direct), buf_view(&twice)), "%.*s: %.*s, %.*s", STR_ARG(body),
                          STR_ARG(buf_view(&direct)), STR_ARG(buf_view(&twice)));
            }
        }
}

static bool scans(const struct record_type *type, struct str body)
{
    ARENA_CLEANUP struct arena *arena = arena_new();
    struct record r;
    return scan_one(type, body, arena, &r, NULL) == 0;
}

/* A view that names nothing leaves every record of every type as it is. */
Test(view, whole_records_of_every_type_pass_through)
{
    for (size_t i = 0; i < record_type_count(); i++) {
        ARENA_CLEANUP struct arena *arena = arena_new();
        BUF_CLEANUP struct buf body = {0}, out = {0};
        const struct record_type *type = record_type_at(i);
        sample_whole(type->fields, &body);
        cr_assert(scans(type, buf_view(&body)));
        cr_assert(view_project(view_of(type->name, "[]", arena), buf_view(&body), (struct str){NULL, 0}, &out));
        cr_assert(str_eq(buf_view(&body), buf_view(&out)), "%s", type->name);
    }
}

/* Dropping any one field that may be dropped takes its name away wherever it stands, and nothing else. */
static void check_drop(const struct place *place)
{
    ARENA_CLEANUP struct arena *arena = arena_new();
    BUF_CLEANUP struct buf value = {0}, body = {0}, out = {0};
    const struct view *v;
    const char *steps = arena_printf(arena, "[{\"drop\":[\"%s\"]}]", place->field->name);
    bool may = strcmp(place->field->name, "classificationMarking") != 0 &&
               strcmp(place->field->name, "dataMode") != 0 && !is_time_field(place->type, place->field);
    int error = view_compile(place->type, str_of(steps), arena, &v, NULL);
    cr_assert_eq(error == 0, may, "%s", place_name(place, arena));
    if (error)
        return;
    sample_value(place->field, place->field->depth, &value);
    sample_record(place, buf_view(&value), &body);
    cr_assert(view_project(v, buf_view(&body), (struct str){NULL, 0}, &out));
    buf_char(&out, '\0');
    cr_assert_null(strstr(out.p, arena_printf(arena, "\"%s\":", place->field->name)), "%s", place_name(place, arena));
}

Test(view, any_field_but_three_can_be_dropped)
{
    each_field(check_drop);
}
