/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which tray a mail belongs to: one table of rules, the first that fits decides, and its name is
 * what the operator reads. The order is the policy: what must not be looked at first, then what a
 * law waits for, then documents that machines wrote, then what answers itself, and only then words.
 */
#include <stdio.h>
#include <string.h>

#include "wire/mail_own.h"
#include "wire/mail_text.h"

enum asks {
	SENDER,  /* a domain of a sender is one of the words, or below it; ".word." a label */
	SUBJECT, /* the subject has a phrase */
	WORDS,   /* subject or text has one */
	FLAGS,   /* what is known of it: any of the bits */
	BROKEN,  /* a cap was met, or nothing is in it */
	CLAIMS,  /* it accuses an address of ours */
	FOREIGN, /* it accuses or names addresses, none ours */
	SHEETS,
	DOC, /* a document said so */
	ALWAYS,
};

/* clang-format off */
static const struct rule {
	enum tray tray;
	const char *name;
	enum asks look;
	const char *words;  /* phrases, by '|' */
	unsigned flags;     /* FLAGS: any of them; else: all of them must be there, too */
	unsigned not_flags; /* none of them */
} rules[] = {
	{ TRAY_SEALED, "child abuse: sent by a hotline", SENDER,
	    "iwf.org.uk|inhope.org|missingkids.org|ncmec.org|cybertip.org|cybertip.ca|"
	    "protectchildren.ca|jugendschutz.net|internet-beschwerdestelle.de|fsm.de|eokm.nl|"
	    "offlimits.nl|meldpunt-kinderporno.nl|childfocus.be|pointdecontact.net|stopline.at|"
	    "stoponline.cz|hotline.ie|safernet.org.br|dyzurnet.pl|telefonoazzurro.it|"
	    "nettivihje.fi|clickandpolice.ch|arachnid.c3p.ca", 0, 0 },
	{ TRAY_SEALED, "child abuse: said in the subject", SUBJECT,
	    "csam|csem|child sexual abuse|child sexual exploitation|child abuse material|"
	    "child abuse image*|child pornograph*|child porn|childporn|kinderpornogra*|"
	    "kinderporno*|missbrauchsdarstellung*|missbrauchsabbildung*|"
	    "sexueller missbrauch von kindern|kindesmissbrauch*|jugendpornogra*|pédopornograph*|"
	    "pedopornograph*|pornographie enfantine|pédocriminal*|abus sexuel* sur mineur*|"
	    "abus sexuel* sur enfant*|pornografía infantil|pornografia infantil|"
	    "abuso sexual infantil|abuso sexual de menores|explotación sexual infantil|"
	    "kindermisbruik*|seksueel misbruik van kinderen|pedopornograf*|pornografia minorile|"
	    "abuso sessuale su minori|abusi sessuali su minori|детск* порнограф*|детск* порно|"
	    "dziecięca pornografia|pornografia dziecięca|dětská pornografie", 0, 0 },
	{ TRAY_POLICE, "police or court: the sender", SENDER,
	    ".police.|.polizei.|.politie.|.policia.|.polizia.|.policja.|.kapo.|.gendarmerie.|"
	    "europol.europa.eu|interpol.int|bka.de|bka.bund.de|bundespolizei.de|fedpol.admin.ch|"
	    "bmi.gv.at|interieur.gouv.fr|justice.gouv.fr|carabinieri.it|poliziadistato.it|gdf.it|"
	    "guardiacivil.es|fbi.gov|usdoj.gov|justice.gov|secretservice.gov|dea.gov|nca.gov.uk|"
	    "cps.gov.uk|rcmp-grc.gc.ca|afp.gov.au|mvd.ru|mvd.gov.ru|om.nl|rechtspraak.nl|"
	    "prokuratura.gov.pl", 0, 0 },
	{ TRAY_POLICE, "police or court: said in the subject", SUBJECT,
	    "subpoena|court order|search warrant|production order|preservation request|"
	    "preservation order|law enforcement request|mutual legal assistance|"
	    "emergency disclosure request|auskunftsersuchen|bestandsdatenauskunft|"
	    "durchsuchungsbeschluss|beschluss des amtsgericht*|beschluss des landgericht*|"
	    "staatsanwaltschaft*|ermittlungsverfahren|kriminalpolizei|polizeiinspektion*|"
	    "landeskriminalamt|bundeskriminalamt|réquisition judiciaire*|commission rogatoire|"
	    "ordonnance du tribunal|police judiciaire|requerimiento judicial|orden judicial|"
	    "policía nacional|guardia civil|fiscalía|vordering|officier van justitie|"
	    "gerechtelijk bevel|decreto di acquisizione|procura della repubblica|polizia postale|"
	    "ordine del tribunale|guardia di finanza|судебн* решени*|прокуратур*|"
	    "следственн* комитет*", 0, 0 },
#define EARLY 4 /* the rules so far need nothing but the header */
	{ TRAY_SEALED, "child abuse: a document of that type", DOC, NULL, 0, 0 }, /* its tray must be this one */
	{ TRAY_UNREADABLE, "unreadable", BROKEN, NULL, 0, 0 },
	{ TRAY_BOUNCE, "bounce: of a mail of ours", FLAGS, NULL, MAIL_OUR_BOUNCE, 0 },
	{ TRAY_AUTO, "a mail of ours that came back", FLAGS, NULL, MAIL_RETURNED, 0 },
	{ TRAY_CASE, "a report", CLAIMS, NULL, MAIL_REPORT, 0 },
	{ TRAY_COPYRIGHT, "copyright: a document", DOC, NULL, 0, 0 },
	{ TRAY_CONTENT, "content: a document", DOC, NULL, 0, 0 },
	{ TRAY_SECURITY, "a document for a person to read", DOC, NULL, 0, 0 },
	{ TRAY_MARKETING, "a document that wants no mail", DOC, NULL, 0, 0 },
	{ TRAY_ELSEWHERE, "a report about addresses that are not ours", FOREIGN, NULL, MAIL_REPORT, MAIL_OURS },
	{ TRAY_CASE, "a table of reports", SHEETS, NULL, 0, 0 },
	{ TRAY_BOUNCE, "bounce: a delivery status", FLAGS, NULL, MAIL_DSN, 0 },
	{ TRAY_AUTO, "automatic reply: Auto-Submitted", FLAGS, NULL, MAIL_AUTO_REPLIED, 0 },
	{ TRAY_BOUNCE, "bounce: said in the subject", SUBJECT,
	    "undelivered mail returned to sender|delivery status notification|"
	    "mail delivery failed|mail delivery failure|delivery failure|returned mail|"
	    "failure notice|undeliverable|unzustellbar|nicht zustellbar|zustellung fehlgeschlagen|"
	    "non remis|échec de la remise|no se puede entregar|no entregado|onbestelbaar|"
	    "mancato recapito|не доставлено|недоставленн*",
	    0, 0 },
	{ TRAY_AUTO, "automatic reply: said in the subject", SUBJECT,
	    "out of office|out of the office|automatic reply|auto-reply|autoreply|auto reply|"
	    "vacation reply|abwesenheitsnotiz|abwesenheit*|automatische antwort|"
	    "réponse automatique|absence du bureau|respuesta automática|fuera de la oficina|"
	    "automatisch antwoord|afwezigheid*|risposta automatica|fuori ufficio|автоответ*|"
	    "автоматическ* ответ", 0, 0 },
	{ TRAY_BOUNCE, "bounce: no sender", FLAGS, NULL, MAIL_NULL_SENDER, 0 },
	{ TRAY_CUSTOMER, "an answer to what we wrote", FLAGS, NULL, MAIL_ANSWER, 0 },
	{ TRAY_CUSTOMER, "written on our own servers", FLAGS, NULL, MAIL_OWN_ID, 0 },
	{ TRAY_COPYRIGHT, "copyright: an ACNS notice", FLAGS, NULL, MAIL_ACNS, 0 },
	{ TRAY_COPYRIGHT, "copyright: said in the subject", SUBJECT,
	    "dmca|copyright|copyright infringement|notice of claimed infringement|"
	    "intellectual property|trademark*|urheberrecht*|abmahnung*|markenrecht*|"
	    "droit d'auteur|droits d'auteur|contrefaçon|derechos de autor|propiedad intelectual|"
	    "auteursrecht*|inbreuk op auteursrecht*|diritto d'autore|violazione del copyright|"
	    "proprietà intellettuale|авторск* прав*", 0, 0 },
	{ TRAY_CASE, "log lines", CLAIMS, NULL, 0, 0 },
	{ TRAY_COPYRIGHT, "copyright: said in the text", WORDS,
	    "digital millennium copyright act|17 u.s.c.|infringing file*|infringing content|"
	    "infringing material|copyright owner|urheberrechtsverletzung*|"
	    "atteinte au droit d'auteur|infracción de derechos de autor|auteursrechtinbreuk*|"
	    "violazione del diritto d'autore|нарушени* авторск*", 0, 0 },
	{ TRAY_CONTENT, "content: said in the subject", SUBJECT,
	    "phishing|phish|spoofed site|fake site|fake shop|fraud|fraudulent|scam|malware url*|"
	    "malware distribution|malicious url*|malicious site|defacement|defaced|webshell*|"
	    "hate speech|takedown*|take down|fakeshop*|betrug*|betrüg*|schadsoftware|hameçonnage|"
	    "fraude|escroquerie|site frauduleux|suplantación|estafa|oplichting|valse webwinkel|"
	    "truffa|frode|sito fraudolento|фишинг*|мошеннич*",
	    0, 0 },
	{ TRAY_CONTENT, "content: said in the text, with a link", WORDS,
	    "phishing|phish|phishing site|malware url*|malware distribution|malicious url*|"
	    "webshell*|defaced|fraudulent website*|fakeshop*|schadsoftware|betrügerische webs*|"
	    "hameçonnage|site frauduleux|suplantación|sitio fraudulento|phishingsite*|"
	    "sito fraudolento|фишинг*", MAIL_URL, 0 },
	{ TRAY_MARKETING, "a list or bulk mail that names no address of ours", FLAGS, NULL, MAIL_BULK, MAIL_OURS },
	{ TRAY_MARKETING, "marketing: said in the subject", SUBJECT,
	    "unsubscribe|newsletter|special offer|limited time offer|seo services|guest post|"
	    "webinar|sonderangebot*|rabattaktion*|offre spéciale|oferta especial|"
	    "speciale aanbieding|offerta speciale|специальн* предложени*", 0, MAIL_OURS },
	{ TRAY_ELSEWHERE, "names addresses, none of them ours", FOREIGN, NULL, 0, MAIL_OURS },
	{ TRAY_SECURITY, "names an address of ours, but nothing in it was recognised", FLAGS, NULL, MAIL_OURS, 0 },
	{ TRAY_SECURITY, "encrypted: a person must read it", FLAGS, NULL, MAIL_ENCRYPTED, 0 },
	{ TRAY_SECURITY, "words only", FLAGS, NULL, MAIL_TEXT, 0 },
	{ TRAY_UNREADABLE, "nothing to read in it", ALWAYS, NULL, 0, 0 },
};
/* clang-format on */
#define RULES (sizeof(rules) / sizeof(rules[0]))

/* senders: folded domains between blanks. A word: that domain or one below it; ".word.": any
 * label of it. */
static bool
sender_in(const char *senders, const char *words)
{
	for (const char *p = words; *p; p += *p == '|') {
		size_t n = strcspn(p, "|");
		bool label = p[0] == '.';
		const char *w = p + label;
		size_t len = label ? n - 2 : n;
		for (const char *s = strchr(senders, w[0]); s && *s; s = strchr(s + 1, w[0])) {
			if (strncmp(s, w, len) != 0 || s == senders ||
			    (s[-1] != ' ' && s[-1] != '.'))
				continue;
			if (s[len] == ' ' || (label && s[len] == '.'))
				return true;
		}
		p += n;
	}
	return false;
}

static bool
fits(const struct mail_work *w, const struct rule *r)
{
	const struct mail_seen *m = w->seen;
	if (w->flags & r->not_flags)
		return false;
	if (r->look != FLAGS && (w->flags & r->flags) != r->flags)
		return false;
	switch (r->look) {
	case SENDER: return sender_in(w->senders, r->words);
	case SUBJECT: return text_has(w->subject, r->words);
	case WORDS: return text_has(w->subject, r->words) || text_has(w->words, r->words);
	case FLAGS: return (w->flags & r->flags) != 0;
	case BROKEN: return m->rule[0] != '\0';
	case CLAIMS: return m->claims > m->foreign || m->docs > 0;
	case FOREIGN:
		return m->claims == m->foreign && m->docs == 0 &&
		       (m->elsewhere > 0 || m->foreign > 0 || (w->flags & MAIL_OTHERS));
	case SHEETS: return m->sheets > 0;
	case DOC: return w->doc_tray == r->tray;
	case ALWAYS: return true;
	}
	return false;
}

static void
decide(struct mail_work *w, const struct rule *r)
{
	struct mail_seen *m = w->seen;
	m->tray = r->tray;
	if (r->look == DOC && w->doc_rule[0])
		snprintf(m->rule, sizeof(m->rule), "%s", w->doc_rule);
	else if (r->look != BROKEN) /* which says itself why */
		snprintf(m->rule, sizeof(m->rule), "%s", r->name);
}

bool
mail_tray_early(struct mail_work *w)
{
	for (size_t i = 0; i < EARLY; i++) {
		if (!fits(w, &rules[i]))
			continue;
		decide(w, &rules[i]);
		return true;
	}
	return false;
}

void
mail_tray_late(struct mail_work *w)
{
	for (size_t i = EARLY; i < RULES; i++) {
		if (!fits(w, &rules[i]))
			continue;
		decide(w, &rules[i]);
		return;
	}
}

bool
mail_rule(size_t i, enum tray *tray, const char **name, const char **words)
{
	if (i >= RULES)
		return false;
	*tray = rules[i].tray;
	*name = rules[i].name;
	*words = rules[i].words;
	return true;
}

/* clang-format off */
static const struct {
	enum class_id cls;
	const char *words;
} hints[] = {
	{ CLASS_OPEN_PROXY,
	    "open proxy|open proxies|offener proxy|proxy ouvert|proxy abierto" },
	{ CLASS_OPEN_RESOLVER,
	    "open resolver*|open dns resolver*|offener resolver|offene dns*" },
	{ CLASS_AMPLIFIER,
	    "amplifier*|amplification|reflector*" },
	{ CLASS_LOGIN_ATTACKER,
	    "brute force|bruteforce|brute-force|login attack*|login attempt*|ssh attack*|"
	    "password guess*|sasl|loginversuch*|tentative* de connexion|intento* de acceso|"
	    "fuerza bruta|inlogpoging*|forza bruta|подбор парол*" },
	{ CLASS_DDOS_SOURCE,
	    "ddos|dos attack*|denial of service|flood*" },
	{ CLASS_SCANNER,
	    "port scan*|portscan*|scan|scans|scanning|network scan*|probing|intrusion attempt*|"
	    "exploit*|escaneo|poortscan*|scansione|скан*" },
	{ CLASS_SPAM_SOURCE,
	    "spam|spamming|unsolicited*|спам*" },
	{ CLASS_C2_SERVER,
	    "command and control|c2 server|c&c server|botnet controller*" },
	{ CLASS_BOT,
	    "botnet*|infected|infection|bot|drone|mirai|malware infect*|infiziert*" },
};
/* clang-format on */

enum class_id
mail_hint(const char *folded)
{
	for (size_t i = 0; i < sizeof(hints) / sizeof(hints[0]); i++)
		if (text_has(folded, hints[i].words))
			return hints[i].cls;
	return CLASS_NONE;
}
