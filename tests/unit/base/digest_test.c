#include "buf.h"
#include "digest.h"
#include "leaks.h"

#include <criterion/criterion.h>

TestSuite(digest, .fini = no_leaks);

static void is(struct digest d, const char *hex)
{
    char text[DIGEST_HEX + 1] = {0};
    hex_write(d.bytes, sizeof d.bytes, text);
    cr_assert_str_eq(text, hex);
}

/* FIPS 180-4, the examples of NIST. */
Test(digest, sha256_of_known_messages)
{
    is(sha256(STR("abc")), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    is(sha256(STR("")), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
}

Test(digest, parts_are_hashed_with_their_lengths)
{
    const struct str one[] = {STR("abc")}, split[] = {STR("a"), STR("bc")}, other[] = {STR("ab"), STR("c")};
    is(sha256_parts(one, 1), "c3494ca1a2cf8eeb8a11ded316fb55b83c3bbbedb6313cd50415251e5d09e12f");
    cr_assert(memcmp(sha256_parts(split, 2).bytes, sha256_parts(other, 2).bytes, DIGEST_SIZE) != 0);
    cr_assert(memcmp(sha256_parts(split, 2).bytes, sha256_parts(one, 1).bytes, DIGEST_SIZE) != 0);
}

Test(digest, hmac_depends_on_key_and_data)
{
    const struct str part[] = {STR("abc")};
    struct digest inner = sha256_parts(part, 1), other = sha256(STR("abc"));
    struct str data = {(const char *)inner.bytes, DIGEST_SIZE}, more = {(const char *)other.bytes, DIGEST_SIZE};
    struct digest d = hmac_sha256(STR("key"), data);
    is(d, "4f405448f8d453649acdd606e281bdf70841cad6a3b5259a9f4fb8c9fa5e9bfa");
    cr_assert(memcmp(d.bytes, hmac_sha256(STR("kex"), data).bytes, DIGEST_SIZE) != 0);
    cr_assert(memcmp(d.bytes, hmac_sha256(STR("key"), more).bytes, DIGEST_SIZE) != 0);
}

/* RFC 4231, test cases 2 and 6; then keys of no byte, of one block and of a byte more. */
Test(digest, hmac_with_keys_of_every_length)
{
    char key[131];
    is(hmac_sha256(STR("Jefe"), STR("what do ya want for nothing?")),
       "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
    memset(key, 0xaa, sizeof key);
    is(hmac_sha256((struct str){key, sizeof key}, STR("Test Using Larger Than Block-Size Key - Hash Key First")),
       "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
    memset(key, 'k', sizeof key);
    is(hmac_sha256((struct str){0}, STR("data")), "e528c4d99e6177f5841f712a143b90843299a4aa181a06501422d9ca862bd2a5");
    is(hmac_sha256((struct str){key, 64}, STR("data")),
       "93244b031118b8060c6619e5900fcf916faefb2d8d020fecb22ae0f62275db08");
    is(hmac_sha256((struct str){key, 65}, STR("data")),
       "a79b53d0bf1cb4bb00c301979e6e60ef792a435cafabd76ab9e8989bbdef2dff");
}

Test(digest, random_bytes_differ)
{
    unsigned char a[32] = {0}, b[32] = {0};
    random_bytes(a, sizeof a);
    random_bytes(b, sizeof b);
    cr_assert(memcmp(a, b, sizeof a) != 0);
}

Test(digest, hexadecimal_both_ways)
{
    unsigned char bytes[3];
    cr_assert(hex_parse(STR("00fFa9"), bytes, 3));
    cr_assert_eq(memcmp(bytes, "\x00\xff\xa9", 3), 0);
    cr_assert_not(hex_parse(STR("00ff"), bytes, 3));
    cr_assert_not(hex_parse(STR("00ffa9a"), bytes, 3));
    cr_assert_not(hex_parse(STR("00ffg9"), bytes, 3));
    cr_assert_not(hex_parse(STR("00ff 9"), bytes, 3));
}

#define UUID "0195d3e0-7c4a-8b2f-9e11-0a1b2c3d4e5f"

Test(digest, uuids_both_ways)
{
    struct uuid u, same;
    char text[UUID_TEXT + 1] = {0};
    cr_assert(uuid_parse(STR(UUID), &u));
    cr_assert_eq(u.bytes[0], 0x01);
    cr_assert_eq(u.bytes[15], 0x5f);
    uuid_write(u, text);
    cr_assert_str_eq(text, UUID);
    BUF_CLEANUP struct buf b = {0};
    buf_member_uuid(&b, "id", u);
    cr_assert(str_is(buf_view(&b), ",\"id\":\"" UUID "\""));
    cr_assert(uuid_parse(STR("0195D3E0-7C4A-8B2F-9E11-0A1B2C3D4E5F"), &same));
    cr_assert_eq(memcmp(&u, &same, sizeof u), 0);
}

Test(digest, what_is_no_uuid_leaves_the_result_alone)
{
    static const char *const wrong[] = {"",
                                        "0195d3e07c4a8b2f9e110a1b2c3d4e5f",
                                        UUID "0",
                                        "0195d3e0-7c4a-8b2f-9e11-0a1b2c3d4e5",
                                        "0195d3e0-7c4a-8b2f-9e110-a1b2c3d4e5f",
                                        "0195d3e0-7c4a-8b2f-9e11-0a1b2c3d4e5g",
                                        "0195d3e0 7c4a-8b2f-9e11-0a1b2c3d4e5f",
                                        "{195d3e0-7c4a-8b2f-9e11-0a1b2c3d4e5}"};
    struct uuid u = {{42}};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        cr_assert_not(uuid_parse(str_of(wrong[i]), &u), "%s", wrong[i]);
    cr_assert_eq(u.bytes[0], 42);
}
