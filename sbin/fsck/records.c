/* SPDX-License-Identifier: ISC */
/* Records without a file. */
#include "config.h"

#include "fsck.h"

#include "shop/url.h"

/* Looks for the file once more, now that no removal can be moving it. */
static void check_absent(struct fsck *fsck, const struct record *record)
{
	enum disk_place place;
	json_object *members;

	if (fsck_is_referenced(fsck, record->url) <= 0)
		return;
	place = fsck_locate(fsck, record->url, record->id);
	if (place == DISK_FAILED) {
		finding_report_unknown(&fsck->report, record->url, fsck->diagnosis.cause);
	} else if (place == DISK_ABSENT) {
		members = finding_begin(&fsck->report, record->url);
		finding_add_number(members, "id", record->id);
		fsck->report.status |= STATUS_LEFT;
		finding_print(&fsck->report, FINDING_MISSING_FILE, members);
	}
}

void records_check(struct fsck *fsck, const struct record *record)
{
	switch (url_classify(record->url)) {
	case URL_EXTERNAL:
		return;
	case URL_NOT_OURS:
		finding_report(&fsck->report, FINDING_ODD_URL, record->url);
		return;
	default:
		break;
	}
	switch (fsck_locate(fsck, record->url, record->id)) {
	case DISK_FAILED:
		finding_report_unknown(&fsck->report, record->url, fsck->diagnosis.cause);
		break;
	case DISK_NO_FILE:
		finding_report(&fsck->report, FINDING_NOT_A_FILE, record->url);
		break;
	case DISK_ABSENT:
		check_absent(fsck, record);
		break;
	default:
		break;
	}
}
