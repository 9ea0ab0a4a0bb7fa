/* SPDX-License-Identifier: BSD-2-Clause */
/* Time to text and back without the C library's locale, zone files or 32-bit limits. */
#include "base/msec.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>

int64_t
msec_civil_days(int year, int month, int day)
{
	/* Days-from-civil by counting years from March, so the leap day comes last. */
	int64_t y = month <= 2 ? year - 1 : year;
	int64_t era = (y >= 0 ? y : y - 399) / 400;
	int64_t yoe = y - era * 400;
	int64_t doy = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
	int64_t doe = yoe * 365 + yoe / 4 - yoe / 100 + doy;
	return era * 146097 + doe - 719468;
}

static void
civil_from_days(int64_t z, int *year, int *month, int *day)
{
	z += 719468;
	int64_t era = (z >= 0 ? z : z - 146096) / 146097;
	int64_t doe = z - era * 146097;
	int64_t yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
	int64_t doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
	int64_t mp = (5 * doy + 2) / 153;
	*day = (int)(doy - (153 * mp + 2) / 5 + 1);
	*month = (int)(mp < 10 ? mp + 3 : mp - 9);
	*year = (int)(yoe + era * 400 + (*month <= 2));
}

char *
msec_print(msec t, char buf[MSEC_TEXT])
{
	int64_t days = t / MSEC_DAY, rest = t % MSEC_DAY;
	if (rest < 0) {
		rest += MSEC_DAY;
		days--;
	}
	if (days < -719528 || days > 2932896) {
		buf[0] = '-';
		buf[1] = '\0';
		return buf;
	}
	int year, month, day;
	civil_from_days(days, &year, &month, &day);
	int h = (int)(rest / MSEC_HOUR), m = (int)(rest / MSEC_MINUTE % 60);
	int s = (int)(rest / MSEC_SECOND % 60), ms = (int)(rest % 1000);
	if (ms)
		snprintf(buf, MSEC_TEXT, "%04d-%02d-%02dT%02d:%02d:%02d.%03dZ", year % 10000, month, day,
		    h, m, s, ms);
	else
		snprintf(buf, MSEC_TEXT, "%04d-%02d-%02dT%02d:%02d:%02dZ", year % 10000, month, day, h,
		    m, s);
	return buf;
}

static bool
digits(const char *s, int n, int *ret)
{
	int v = 0;
	for (int i = 0; i < n; i++) {
		if (s[i] < '0' || s[i] > '9')
			return false;
		v = v * 10 + (s[i] - '0');
	}
	*ret = v;
	return true;
}

static int
month_days(int year, int month)
{
	static const int8_t days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
	bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
	return month == 2 && leap ? 29 : days[month - 1];
}

/* The zone at s: "Z", "z" or "+hh:mm". Offset in minutes. */
static bool
zone(const char *s, size_t n, int *ret)
{
	int h, m;
	if (n == 1 && (*s == 'Z' || *s == 'z')) {
		*ret = 0;
		return true;
	}
	if (n != 6 || (*s != '+' && *s != '-') || s[3] != ':')
		return false;
	if (!digits(s + 1, 2, &h) || !digits(s + 4, 2, &m) || h > 23 || m > 59)
		return false;
	*ret = (*s == '-' ? -1 : 1) * (h * 60 + m);
	return true;
}

int
msec_parse(const char *s, size_t n, msec *ret)
{
	int y, mo, d, h, mi, se, off;
	if (n < 20 || s[4] != '-' || s[7] != '-' || s[13] != ':' || s[16] != ':')
		return -EINVAL;
	if (s[10] != 'T' && s[10] != 't' && s[10] != ' ')
		return -EINVAL;
	if (!digits(s, 4, &y) || !digits(s + 5, 2, &mo) || !digits(s + 8, 2, &d) ||
	    !digits(s + 11, 2, &h) || !digits(s + 14, 2, &mi) || !digits(s + 17, 2, &se))
		return -EINVAL;
	if (mo < 1 || mo > 12 || d < 1 || d > month_days(y, mo) || h > 23 || mi > 59 || se > 60)
		return -EINVAL;
	size_t i = 19;
	int ms = 0, scale = 100;
	if (s[i] == '.') {
		size_t start = ++i;
		for (; i < n && s[i] >= '0' && s[i] <= '9'; i++, scale /= 10)
			ms += (s[i] - '0') * scale;
		if (i == start)
			return -EINVAL;
	}
	if (i >= n || !zone(s + i, n - i, &off))
		return -EINVAL;
	*ret = msec_civil_days(y, mo, d) * MSEC_DAY + h * MSEC_HOUR + mi * MSEC_MINUTE +
	    se * MSEC_SECOND + ms - off * MSEC_MINUTE;
	return 0;
}

char *
msec_span_print(msec d, char buf[MSEC_TEXT])
{
	const char *sign = d < 0 ? "-" : "";
	if (d == MSEC_NEVER) {
		snprintf(buf, MSEC_TEXT, "never");
		return buf;
	}
	if (d < 0)
		d = -d;
	if (d >= MSEC_DAY)
		snprintf(buf, MSEC_TEXT, "%s%lld d %d h", sign, (long long)(d / MSEC_DAY),
		    (int)(d / MSEC_HOUR % 24));
	else if (d >= MSEC_HOUR)
		snprintf(buf, MSEC_TEXT, "%s%d h %d min", sign, (int)(d / MSEC_HOUR),
		    (int)(d / MSEC_MINUTE % 60));
	else if (d >= 2 * MSEC_MINUTE)
		snprintf(buf, MSEC_TEXT, "%s%d min", sign, (int)(d / MSEC_MINUTE));
	else if (d >= MSEC_MINUTE) /* 90 s cut to "1 min" would be a third too little */
		snprintf(buf, MSEC_TEXT, "%s%d s", sign, (int)(d / MSEC_SECOND));
	else
		snprintf(buf, MSEC_TEXT, "%s%d.%d s", sign, (int)(d / MSEC_SECOND),
		    (int)(d % MSEC_SECOND / 100));
	return buf;
}
