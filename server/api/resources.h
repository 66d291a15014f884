/* Inside of api/: the handlers, one file a resource, in the order of routes.c. */
#pragma once
#include "caller.h"

void record_post_one(struct request *r);
void record_post_bulk(struct request *r);
bool record_post_one_at_once(struct request *r);
bool record_post_bulk_at_once(struct request *r);
void record_list(struct request *r);
bool record_list_at_once(struct request *r);
void record_count(struct request *r);
void record_file(struct request *r);
void record_get(struct request *r);
bool record_get_at_once(struct request *r);
void record_put(struct request *r);
void record_delete(struct request *r);
void record_queryhelp(struct request *r);
void elset_current_queryhelp(struct request *r);
void record_aodr(struct request *r);
void exports_list(struct request *r);
void export_get(struct request *r);
void export_file(struct request *r);
void record_recall(struct request *r);
void record_relabel(struct request *r);

void elset_from_tle(struct request *r);
void notification_raw(struct request *r);
void filedrop_cdms(struct request *r);
void filedrop_ephem(struct request *r);
void filedrop_gnssrawif(struct request *r);
void filedrop_records(struct request *r);
void import_file(struct request *r);

void record_recipients(struct request *r);
void record_explain(struct request *r);

void record_review(struct request *r);
void record_withhold(struct request *r);

void release_ask(struct request *r);
void release_list(struct request *r);
void release_get(struct request *r);
void release_withdraw(struct request *r);
void queue_list(struct request *r);
void queue_request(struct request *r);
void queue_approve(struct request *r);
void queue_deny(struct request *r);
void grant_withdraw(struct request *r);

void agreement_create(struct request *r);
void agreement_get(struct request *r);
void agreement_resume(struct request *r);
void agreement_suspend(struct request *r);
void agreement_terminate(struct request *r);
void disclosures_list(struct request *r);
void feed_changes(struct request *r);
void feed_stream(struct request *r);
void sm_latest_offset(struct request *r);
void sm_messages(struct request *r);
void sm_topic(struct request *r);
void sm_topics(struct request *r);
void objects_list(struct request *r);
void object_register(struct request *r);
void object_accept(struct request *r);
void object_reject(struct request *r);
void metrics_sharing(struct request *r);
void notices_list(struct request *r);
void notice_acknowledge(struct request *r);
void onorbit_signature(struct request *r);
void pnt_interference(struct request *r);
void pnt_status(struct request *r);
void policy_evaluate(struct request *r);
void markings_normalise(struct request *r);
void markings_parse(struct request *r);
void markings_rollup(struct request *r);
void proposal_accept(struct request *r);
void proposal_create(struct request *r);
void proposal_get(struct request *r);
void proposal_list(struct request *r);
void proposal_reject(struct request *r);
void proposal_withdraw(struct request *r);
void register_list(struct request *r);
void register_get(struct request *r);
void whoami(struct request *r);
void openapi(struct request *r);

void healthz(struct request *r);
void readyz(struct request *r);
void metrics(struct request *r);
