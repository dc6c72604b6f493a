/* The delivery page: for admins, by forms alone. */
#ifndef RELAY_PAGE_PAGE_H
#define RELAY_PAGE_PAGE_H

#include "relay/listen/exchange.h"

void rl_page_admit(rl_exchange *exchange);
void rl_page_run(rl_exchange *exchange);
void rl_page_file_run(rl_exchange *exchange);
void rl_page_login_run(rl_exchange *exchange);
void rl_page_action_run(rl_exchange *exchange);

#endif
