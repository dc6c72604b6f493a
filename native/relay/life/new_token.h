/* Making a token for a caller. */
#ifndef RELAY_LIFE_NEW_TOKEN_H
#define RELAY_LIFE_NEW_TOKEN_H

/* Prints a token of 256 random bits and the hash that stands for it in the configuration. */
int rl_new_token(void);

/* base64url without padding; `out` has room for 4 * ((length + 2) / 3) + 1. */
void rl_base64url(const unsigned char *bytes, unsigned length, char *out);

#endif
