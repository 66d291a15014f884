/* Proof that what is about to be sent was durably written to the disclosure log.
 *
 * The type is complete only inside store/, which alone issues receipts; http/ refuses to send record bytes without
 * one. The pointer stays valid until the disclosure is closed. */
#pragma once
struct receipt;
