#!/usr/bin/env python3
"""Known answers for the iid partition, the validation split, the high-resource pool, and crop and flip.

Written from the definitions alone: Philox4x32-10 (Salmon et al. 2011, numbers checked below against
Random123's kat_vectors), keys by name, bounded draws by Lemire's multiplication (ACM TOMACS 29,
2019), swap-and-remove, and the Fisher-Yates shuffle from the end. Prints what the tests hold.
"""
MASK = 0xFFFFFFFF
NONE = 0xFFFFFFFF
PARTITION, POOLS, VALIDATION_SPLIT = 1, 2, 3
DRAWS = 2


def philox(key, counter):
    k0, k1 = key & MASK, key >> 32
    c0, c1, c2, c3 = counter
    for _ in range(10):
        p0, p1 = 0xD2511F53 * c0, 0xCD9E8D57 * c2
        c0, c1, c2, c3 = (p1 >> 32) ^ c1 ^ k0, p1 & MASK, (p0 >> 32) ^ c3 ^ k1, p0 & MASK
        k0, k1 = (k0 + 0x9E3779B9) & MASK, (k1 + 0xBB67AE85) & MASK
    return [c0, c1, c2, c3]


assert philox(0, [0] * 4) == [0x6627E8D5, 0xE169C58D, 0xBC57AC4C, 0x9B00DBD8]


def generator(run_seed, purpose, client):
    low, high = philox(run_seed, [0, client, NONE, purpose])[:2]
    block = 0
    while True:
        yield from philox(low | high << 32, [block & MASK, block >> 32, DRAWS, 0])
        block += 1


def below(words, n):
    product = next(words) * n
    while product & MASK < (1 << 32) % n:
        product = next(words) * n
    return product >> 32


def take(pool, words):
    at = below(words, len(pool))
    pool[at], pool[-1] = pool[-1], pool[at]
    return pool.pop()


def iid(n, clients, run_seed):
    pool = list(range(n))
    parts = []
    for client in range(clients):
        words = generator(run_seed, PARTITION, client)
        parts.append([take(pool, words) for _ in range(n // clients + (client < n % clients))])
    return parts


def shuffled(values, words):
    values = list(values)
    for i in range(len(values), 1, -1):
        j = below(words, i)
        values[i - 1], values[j] = values[j], values[i - 1]
    return values


def pool(clients, chosen, run_seed):
    words = generator(run_seed, POOLS, NONE)
    numbers = list(range(clients))
    return sorted(take(numbers, words) for _ in range(chosen))


def shards(labels, clients, per_client, run_seed):
    by_label = sorted(range(len(labels)), key=lambda i: labels[i])
    count = clients * per_client
    order = shuffled(range(count), generator(run_seed, PARTITION, NONE))
    cut = [s * len(labels) // count for s in range(count + 1)]
    parts = []
    for client in range(clients):
        mine = sorted(order[client * per_client:(client + 1) * per_client])
        parts.append([by_label[i] for s in mine for i in range(cut[s], cut[s + 1])])
    return parts


def power_law(n, clients, exponent, min_size, run_seed):
    cumulative = [0.0]
    for r in range(1, clients + 1):
        cumulative.append(cumulative[-1] + r ** -exponent)
    free = n - clients * min_size
    up_to = [int(free * (c / cumulative[-1])) for c in cumulative]
    sizes = [min_size + up_to[r + 1] - up_to[r] for r in range(clients)]
    words = generator(run_seed, PARTITION, NONE)
    rank_of = shuffled(range(clients), words)
    pool, parts = list(range(n)), []
    for client in range(clients):
        parts.append([take(pool, words) for _ in range(sizes[rank_of[client]])])
    return parts


print("iid of 13 samples, 3 clients, seed 42:", iid(13, 3, 42))
print("2 shards each of 13 samples labelled i mod 3, 3 clients, seed 42:", shards([i % 3 for i in range(13)], 3, 2, 42))
print("power law of 13 samples, 3 clients, exponent 2, at least 2, seed 42:", power_law(13, 3, 2, 2, 42))
print("shuffle of 0..12, seed 42, client 7:", shuffled(range(13), generator(42, VALIDATION_SPLIT, 7)))
print("5 high of 50, seed 42:", pool(50, 5, 42))


def window(key, position):
    w = philox(key, [position & MASK, position >> 32, 3, 0])
    return (w[0] * 9 >> 32) - 4, (w[1] * 9 >> 32) - 4, w[2] & 1


for position in (0, 1, 2, 3, 12_345, 1 << 33):
    print("crop and flip (dx, dy, flip), key 2**63 + 5, position", position, window((1 << 63) + 5, position))
