/* SPDX-License-Identifier: BSD-2-Clause */
/* The commands of lymph: one function each, named in the table of main.c. argv[0] is the command. */
#ifndef LYMPH_CMD_H
#define LYMPH_CMD_H

/* What every command returns when asked for something it does not have. */
#define CMD_USAGE 2

int cmd_journal(int argc, char **argv);
int cmd_export(int argc, char **argv);
int cmd_hold(int argc, char **argv), cmd_forget(int argc, char **argv);
int cmd_report(int argc, char **argv), cmd_replay(int argc, char **argv);
int cmd_status(int argc, char **argv), cmd_cases(int argc, char **argv), cmd_case(int argc, char **argv);
int cmd_why(int argc, char **argv), cmd_orders(int argc, char **argv);
int cmd_plan(int argc, char **argv), cmd_approve(int argc, char **argv), cmd_reject(int argc, char **argv);
int cmd_undo(int argc, char **argv), cmd_release(int argc, char **argv);
int cmd_mode(int argc, char **argv), cmd_panic(int argc, char **argv), cmd_resume(int argc, char **argv);
int cmd_audit(int argc, char **argv), cmd_conscience(int argc, char **argv);
int cmd_reporters(int argc, char **argv), cmd_reporter(int argc, char **argv);
int cmd_outgoing(int argc, char **argv);
int cmd_token(int argc, char **argv), cmd_subscribe(int argc, char **argv);
int cmd_protect(int argc, char **argv), cmd_aside(int argc, char **argv), cmd_check(int argc, char **argv);
int cmd_exporters(int argc, char **argv), cmd_top(int argc, char **argv), cmd_flows(int argc, char **argv);
int cmd_whose(int argc, char **argv);
int cmd_show(int argc, char **argv);
int cmd_door(int argc, char **argv);
int cmd_trays(int argc, char **argv), cmd_mail(int argc, char **argv), cmd_intake(int argc, char **argv);

#endif
