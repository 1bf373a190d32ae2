/* SPDX-License-Identifier: ISC */
/* What becomes of a staged file whose removal did not end as planned. */
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
 * Whether a file may be an upload that came as the one before it was being removed, and was
 * staged in its stead: written in the minute before, and less than an hour ago, within which
 * somebody may yet save the product that shows it.
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

/* Returns end if it could be done, else otherwise. */
static enum recovery_end put_back(const struct recovery *recovery, enum disk_which which,
                                  enum recovery_end end, enum recovery_end otherwise)
{
	if (!catalogue_holds_locks(recovery->catalogue))
		return RECOVERY_NO_ANSWER;
	return disk_put_back(recovery->file, which, recovery->catalogue->database.diagnosis)
	               ? end
	               : otherwise;
}

/* Another record has the url, or the file was put aside by a sweep that has not ended. */
static enum recovery_end settle_wanted(const struct recovery *recovery, enum disk_which which)
{
	enum recovery_end end = put_back(recovery, which, RECOVERY_SHARED, RECOVERY_DISK);

	/* If not durable, the record may come back, and is not gone. */
	if (end == RECOVERY_SHARED && catalogue_commit(recovery->catalogue, recovery->record, 1,
	                                               CATALOGUE_READING) == COMMITMENT_IN_DOUBT)
		return RECOVERY_NO_ANSWER;
	return end;
}

/* Nothing refers to the file, for certain. Sets *again where somebody has put it back. */
static enum recovery_end erase(const struct recovery *recovery, bool *again)
{
	switch (disk_erase(recovery->file, recovery->catalogue->database.diagnosis)) {
	case DISK_ERASED:
		return RECOVERY_GONE;
	case DISK_RETURNED:
		*again = true;
		return RECOVERY_DISK;
	default:
		return RECOVERY_STAGED;
	}
}

/* Nothing refers to the file, as was read under the locks. */
static enum recovery_end settle_unreferenced(const struct recovery *recovery, bool *again)
{
	struct catalogue *catalogue = recovery->catalogue;
	struct disk_file *file = recovery->file;
	enum commitment commitment;

	/*
	 * Its record has been deleted by somebody else since it was put back. By now an upload may
	 * lie there: only a sweep of orphans is careful enough.
	 */
	if (file->returned) {
		diagnosis_cause(catalogue->database.diagnosis,
		                "%s was put back for a record that is gone: it is an orphan now",
		                file->name);
		return RECOVERY_DISK;
	}
	/* From here on without the locks: no other removal will stage what is gone for good. */
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
	return erase(recovery, again);
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

static enum recovery_end settle(const struct recovery *recovery, bool *again)
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
		end = settle(recovery, &again);
		catalogue_rollback(recovery->catalogue);
	}
	return end;
}
