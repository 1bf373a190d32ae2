/* SPDX-License-Identifier: ISC */
/* What to do with a staged file whose removal did not end as planned. */
#include "config.h"

#include "shop/recovery.h"

#include <time.h>

enum recovery_action recovery_decide(const struct recovery_facts *facts)
{
	bool kept = facts->in_grace || (facts->young && facts->role != RECOVERY_OWN);

	if (facts->referenced)
		return RECOVERY_PUT_BACK_NEWEST;
	if (facts->swept)
		return RECOVERY_PUT_BACK_THIS;
	if (facts->role == RECOVERY_REFUSED || (facts->role == RECOVERY_OTHERS && kept))
		return RECOVERY_LEAVE;
	if (!facts->certain)
		return RECOVERY_MAKE_CERTAIN;
	return kept ? RECOVERY_LEAVE : RECOVERY_ERASE;
}

/*
 * Whether the staged file may be a new upload that was staged instead of the old file. It was
 * written in the minute before, and staged less than an hour ago. Until then somebody may still
 * save the product that shows it.
 */
static bool is_young(const struct disk_version *version)
{
	enum { JUST_BEFORE = 60, LONGEST = 3600 };

	return version->changed.tv_sec - version->modified.tv_sec < JUST_BEFORE &&
	       time(NULL) - version->changed.tv_sec < LONGEST;
}

static enum recovery_action decide(const struct disk_file *file, const struct record *record,
                                   bool exists, bool certain, enum recovery_role role, time_t grace)
{
	const struct disk_version *version = &file->staged_version;

	return recovery_decide(&(struct recovery_facts){
		.role = role,
		.referenced = exists || record->shared,
		.swept = record->id == 0,
		.certain = certain,
		.in_grace = grace > 0 && time(NULL) - version->changed.tv_sec < grace,
		.young = is_young(version) });
}

enum recovery_action recovery_foresee(const struct disk_file *file, const struct record *record,
                                      bool exists, enum recovery_role role, time_t grace)
{
	return decide(file, record, exists, true, role, grace);
}

/* Puts the file back. Returns end if that succeeds, and otherwise if it fails. */
static enum recovery_end put_back(const struct recovery *recovery, enum disk_which which,
                                  enum recovery_end end, enum recovery_end otherwise)
{
	if (!catalogue_holds_locks(recovery->catalogue))
		return RECOVERY_NO_ANSWER;
	return disk_put_back(recovery->file, which, recovery->catalogue->database.diagnosis)
	               ? end
	               : otherwise;
}

/* Another record has the url, or an unfinished sweep has put the file aside: it goes back. */
static enum recovery_end settle_wanted(const struct recovery *recovery, enum disk_which which)
{
	enum recovery_end end = put_back(recovery, which, RECOVERY_SHARED, RECOVERY_DISK);

	/* Unless its deletion is durable, the record may come back. */
	if (end == RECOVERY_SHARED &&
	    catalogue_commit(recovery->catalogue, NULL, 0, CATALOGUE_READING) != COMMITMENT_CERTAIN)
		return RECOVERY_NO_ANSWER;
	return end;
}

/* Erases a file that certainly no record refers to. Sets *again if somebody has put it back. */
static enum recovery_end erase_unreferenced(const struct recovery *recovery, bool *again)
{
	switch (disk_erase(recovery->file, recovery->catalogue->database.diagnosis)) {
	case DISK_ERASED:
		return RECOVERY_GONE;
	case DISK_RETURNED:
		*again = true;
		return RECOVERY_DISK;
	case DISK_CHANGING:
		return RECOVERY_STAGED;
	default:
		return RECOVERY_LEFT;
	}
}

/* No record refers to the file, as read under the locks. */
static enum recovery_end settle_unreferenced(const struct recovery *recovery, bool *again)
{
	struct catalogue *catalogue = recovery->catalogue;
	struct disk_file *file = recovery->file;
	enum commitment commitment;

	/*
	 * Somebody has deleted its record since it was put back. By now an upload may be there, and
	 * only a sweep of orphans is careful enough.
	 */
	if (disk_is_returned(file, catalogue->database.diagnosis)) {
		diagnosis_cause(catalogue->database.diagnosis,
		                "%s was put back for a record that is gone: it is an orphan now",
		                file->name);
		return RECOVERY_DISK;
	}
	/*
	 * From here on there are no locks: no other removal will stage the file of a record that is
	 * gone.
	 */
	commitment = catalogue_commit(catalogue, recovery->record, 1, CATALOGUE_READING);
	if (commitment == COMMITMENT_IN_DOUBT)
		return RECOVERY_NO_ANSWER;
	*again = recovery->record->shared;
	if (*again || commitment == COMMITMENT_BUSY)
		return RECOVERY_STAGED;
	if (!file->staged)
		return RECOVERY_GONE;
	if (decide(file, recovery->record, false, true, recovery->role, recovery->grace) ==
	    RECOVERY_LEAVE)
		return RECOVERY_KEPT;
	return erase_unreferenced(recovery, again);
}

static enum recovery_end settle_gone(const struct recovery *recovery, bool *again)
{
	switch (decide(recovery->file, recovery->record, false, false, recovery->role,
	               recovery->grace)) {
	case RECOVERY_PUT_BACK_NEWEST:
		return settle_wanted(recovery, DISK_NEWEST);
	case RECOVERY_PUT_BACK_THIS:
		return settle_wanted(recovery, DISK_THIS);
	case RECOVERY_LEAVE:
		return RECOVERY_KEPT;
	default:
		return settle_unreferenced(recovery, again);
	}
}

static enum recovery_end ask_and_settle(const struct recovery *recovery, bool *again)
{
	enum catalogue_patience patience =
		recovery->role == RECOVERY_OTHERS ? CATALOGUE_TRY : CATALOGUE_WAIT;

	switch (catalogue_ask(recovery->catalogue, recovery->record, patience)) {
	case CATALOGUE_RECORD_EXISTS:
		return put_back(recovery, DISK_NEWEST, RECOVERY_EXISTS, RECOVERY_STUCK);
	case CATALOGUE_RECORD_GONE:
		return settle_gone(recovery, again);
	case CATALOGUE_REMOVAL_ALIVE:
		return RECOVERY_ALIVE;
	default:
		return RECOVERY_NO_ANSWER;
	}
}

enum recovery_end recovery_settle(const struct recovery *recovery)
{
	enum { ROUNDS = 3 };
	enum recovery_end end = RECOVERY_NO_ANSWER;
	bool again = true;

	for (int round = 0; again && round < ROUNDS; round++) {
		again = false;
		end = ask_and_settle(recovery, &again);
		catalogue_rollback(recovery->catalogue);
	}
	return end;
}
