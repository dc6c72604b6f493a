/* Giving memory back to the system, which a daemon that lives for months must and malloc does not by itself. */
#ifndef RELAY_LIFE_MEMORY_H
#define RELAY_LIFE_MEMORY_H

/* Before there is any thread. */
void rl_memory_begin(void);
/* After something large was freed. */
void rl_memory_give_back(void);

#endif
