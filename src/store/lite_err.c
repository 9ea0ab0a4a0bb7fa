/* SPDX-License-Identifier: BSD-2-Clause */
/* What SQLite says, in the words of the rest of the program. */
#include "store/lite.h"

#include <errno.h>

/* SQLite's word as an errno. A full disk has several faces. */
int
lite_err(sqlite3 *db, int rc)
{
	int sys = db ? sqlite3_system_errno(db) : 0;
	switch (rc & 0xff) {
	case SQLITE_OK:
	case SQLITE_ROW:
	case SQLITE_DONE: return 0;
	case SQLITE_FULL: return -ENOSPC;
	case SQLITE_NOMEM: return -ENOMEM;
	case SQLITE_BUSY:
	case SQLITE_LOCKED: return -EBUSY;
	case SQLITE_READONLY: return -EROFS;
	case SQLITE_CORRUPT:
	case SQLITE_NOTADB: return -EBADMSG;
	case SQLITE_IOERR:
	case SQLITE_CANTOPEN:
		if (sys == ENOSPC || sys == EDQUOT)
			return -ENOSPC;
		return sys && (rc & 0xff) == SQLITE_CANTOPEN ? -sys : -EIO;
	case SQLITE_CONSTRAINT: return -EEXIST;
	default: return -EIO;
	}
}
