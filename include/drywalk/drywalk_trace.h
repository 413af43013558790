/* SPDX-License-Identifier: MIT */
/* Writes the trace that `drywalk check` judges, from inside a kernel. C99 or later, or C++; freestanding; one file; GCC
 * and Clang. docs/tracing_your_kernel.md is the manual, examples/traced_kernel a kernel that uses it.
 *
 *     #define DRYWALK_IMPLEMENTATION            in exactly one source file
 *     #include <drywalk/drywalk_trace.h>
 *
 *     static const struct drywalk_kernel tracing = {.put = serial_put, .cpu = this_cpu};
 *     static const struct drywalk_state boot = {.cpus = 2, .memory_bytes = 1 << 30};
 *
 *     DRYWALK_START(&tracing, &boot);
 *     *entry = value;  DRYWALK_STORE(physical(entry), value);      a store AFTER it is done
 *     DRYWALK_INVLPG(va);  invlpg(va);                             an invalidation BEFORE it is begun
 *
 * With -DDRYWALK_TRACE=0 (or -DDRYWALK_TRACE_OFF) no macro below leaves any code. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef DRYWALK_TRACE_OFF
#undef DRYWALK_TRACE
#define DRYWALK_TRACE 0
#elif !defined(DRYWALK_TRACE)
#define DRYWALK_TRACE 1
#endif

/* How many places of the stack an event in a ring keeps: the innermost ones and the outermost. At most 4. */
#ifndef DRYWALK_FRAMES
#define DRYWALK_FRAMES 4
#endif

/* ---- What an event says ---------------------------------------------------------------------------------------------
 * Each macro X has a twin X_AT whose first argument is the place that counts, see below. */

#define DRYWALK_STORE(pa, value) DRYWALK_STORE_AT(DRYWALK_HERE, pa, value)   /* 8 bytes; log it after it is done */
#define DRYWALK_FILL(pa, value) DRYWALK_FILL_AT(DRYWALK_HERE, pa, value)     /* 512 equal stores */
#define DRYWALK_PAGE(pa, entries) DRYWALK_PAGE_AT(DRYWALK_HERE, pa, entries) /* 512 stores of what is there */
#define DRYWALK_MOV_CR0(value) DRYWALK_MOV_CR0_AT(DRYWALK_HERE, value) /* log it before it is done, as all below */
#define DRYWALK_MOV_CR3(value) DRYWALK_MOV_CR3_AT(DRYWALK_HERE, value) /* with bit 63 */
#define DRYWALK_CR3_OF(cpu, value) DRYWALK_CR3_OF_AT(DRYWALK_HERE, cpu, value) /* in a snapshot: another one's CR3 */
#define DRYWALK_MOV_CR4(value) DRYWALK_MOV_CR4_AT(DRYWALK_HERE, value)
#define DRYWALK_WRMSR_EFER(value) DRYWALK_WRMSR_EFER_AT(DRYWALK_HERE, value)
#define DRYWALK_WRMSR_PKRS(value) DRYWALK_WRMSR_PKRS_AT(DRYWALK_HERE, value)
#define DRYWALK_WRPKRU(value) DRYWALK_WRPKRU_AT(DRYWALK_HERE, value)
#define DRYWALK_INVLPG(va) DRYWALK_INVLPG_AT(DRYWALK_HERE, va)
#define DRYWALK_INVPCID(type, pcid, va) DRYWALK_INVPCID_AT(DRYWALK_HERE, type, pcid, va)
#define DRYWALK_INVLPGB(rax, ecx, edx) DRYWALK_INVLPGB_AT(DRYWALK_HERE, rax, ecx, edx) /* its operands as they are */
#define DRYWALK_TLBSYNC() DRYWALK_TLBSYNC_AT(DRYWALK_HERE) /* log it after it has returned */
#define DRYWALK_READ(va) DRYWALK_READ_AT(DRYWALK_HERE, va, 1, 0)
#define DRYWALK_WRITE(va) DRYWALK_WRITE_AT(DRYWALK_HERE, va, 1, 0)
#define DRYWALK_FETCH(va) DRYWALK_FETCH_AT(DRYWALK_HERE, va, 1, 0)
#define DRYWALK_RELEASE(pa, bytes) DRYWALK_RELEASE_AT(DRYWALK_HERE, pa, bytes) /* before the allocator has it */
#define DRYWALK_PAGE_FAULT(va) DRYWALK_PAGE_FAULT_AT(DRYWALK_HERE, va)         /* first thing in the handler */
#define DRYWALK_MARK(name) DRYWALK_MARK_AT(DRYWALK_HERE, name)                 /* name must live as long as the trace */

#define DRYWALK_STORE_AT(place, pa, value) DRYWALK_LOG_(place, drywalk_store, pa, value, 0, NULL)
#define DRYWALK_FILL_AT(place, pa, value) DRYWALK_LOG_(place, drywalk_fill, pa, value, 0, NULL)
#define DRYWALK_PAGE_AT(place, pa, entries) DRYWALK_LOG_(place, drywalk_page, pa, 0, 0, entries)
#define DRYWALK_MOV_CR0_AT(place, value) DRYWALK_LOG_(place, drywalk_mov_cr0, value, 0, 0, NULL)
#define DRYWALK_MOV_CR3_AT(place, value) DRYWALK_LOG_(place, drywalk_mov_cr3, value, 0, 0, NULL)
#define DRYWALK_CR3_OF_AT(place, cpu, value) DRYWALK_LOG_(place, drywalk_mov_cr3, value, (cpu) + 1U, 0, NULL)
#define DRYWALK_MOV_CR4_AT(place, value) DRYWALK_LOG_(place, drywalk_mov_cr4, value, 0, 0, NULL)
#define DRYWALK_WRMSR_EFER_AT(place, value) DRYWALK_LOG_(place, drywalk_wrmsr_efer, value, 0, 0, NULL)
#define DRYWALK_WRMSR_PKRS_AT(place, value) DRYWALK_LOG_(place, drywalk_wrmsr_pkrs, value, 0, 0, NULL)
#define DRYWALK_WRPKRU_AT(place, value) DRYWALK_LOG_(place, drywalk_wrpkru, value, 0, 0, NULL)
#define DRYWALK_INVLPG_AT(place, va) DRYWALK_LOG_(place, drywalk_invlpg, va, 0, 0, NULL)
#define DRYWALK_INVPCID_AT(place, type, pcid, va) DRYWALK_LOG_(place, drywalk_invpcid, type, pcid, va, NULL)
#define DRYWALK_INVLPGB_AT(place, rax, ecx, edx) DRYWALK_LOG_(place, drywalk_invlpgb, rax, ecx, edx, NULL)
#define DRYWALK_TLBSYNC_AT(place) DRYWALK_LOG_(place, drywalk_tlbsync, 0, 0, 0, NULL)
/* flags: DRYWALK_USER and DRYWALK_AC, or 0. An access that crosses into the next page becomes one event a page. */
#define DRYWALK_READ_AT(place, va, size, flags) DRYWALK_LOG_(place, drywalk_read, va, size, flags, NULL)
#define DRYWALK_WRITE_AT(place, va, size, flags) DRYWALK_LOG_(place, drywalk_write, va, size, flags, NULL)
#define DRYWALK_FETCH_AT(place, va, size, flags) DRYWALK_LOG_(place, drywalk_fetch, va, size, flags, NULL)
#define DRYWALK_RELEASE_AT(place, pa, bytes) DRYWALK_LOG_(place, drywalk_release, pa, bytes, 0, NULL)
#define DRYWALK_PAGE_FAULT_AT(place, va) DRYWALK_LOG_(place, drywalk_page_fault, va, 0, 0, NULL)
#define DRYWALK_MARK_AT(place, name) DRYWALK_LOG_(place, drywalk_mark, 0, 0, 0, name)

#define DRYWALK_USER 1U /* the access is made in user mode */
#define DRYWALK_AC 2U   /* EFLAGS.AC is set, which lifts SMAP */

/* ---- Where it happened ----------------------------------------------------------------------------------------------
 * An accessor that is called from everywhere passes its caller's place on:
 *
 *     #define set_entry(entry, value) set_entry_from((entry), (value)DRYWALK_PASS_HERE)
 *     static void set_entry_from(uint64_t* entry, uint64_t value DRYWALK_PARAMETER)
 *     {
 *         *entry = value;
 *         DRYWALK_STORE_AT(DRYWALK_CALLER, physical(entry), value);
 *     }
 *
 * DRYWALK_PASS_HERE and DRYWALK_PARAMETER bring their own comma, so nothing of them is left when tracing is off. An
 * accessor without other arguments takes DRYWALK_PARAMETER_ALONE and is given DRYWALK_PASS_HERE_ALONE. An
 * accessor that calls another one writes DRYWALK_PASS_ON instead of DRYWALK_PASS_HERE: the event then has a "stack",
 * and `drywalk check --accessor FILE` names the place that is not in FILE. */

#if DRYWALK_TRACE
#define DRYWALK_PARAMETER , const struct drywalk_place* drywalk_caller
#define DRYWALK_PASS_HERE , DRYWALK_HERE
#define DRYWALK_PASS_ON , DRYWALK_PLACE_(NULL, drywalk_caller)
#define DRYWALK_PARAMETER_ALONE const struct drywalk_place* drywalk_caller
#define DRYWALK_PASS_HERE_ALONE DRYWALK_HERE
#define DRYWALK_PASS_ON_ALONE DRYWALK_PLACE_(NULL, drywalk_caller)
#define DRYWALK_LOG_(place, op, a, b, c, data)                                                                         \
    drywalk_log(place, op, DRYWALK_NUMBER_(a), DRYWALK_NUMBER_(b), DRYWALK_NUMBER_(c), data)
#else
#define DRYWALK_PARAMETER
#define DRYWALK_PASS_HERE
#define DRYWALK_PASS_ON
#define DRYWALK_PARAMETER_ALONE void
#define DRYWALK_PASS_HERE_ALONE
#define DRYWALK_PASS_ON_ALONE
#define DRYWALK_LOG_(place, op, a, b, c, data)                                                                         \
    ((void)sizeof(a), (void)sizeof(b), (void)sizeof(c), (void)sizeof(data)) /* used, never evaluated */
#endif

#define DRYWALK_CALLER drywalk_caller
#define DRYWALK_HERE DRYWALK_PLACE_(NULL, NULL)
#define DRYWALK_HERE_NOTE(note) DRYWALK_PLACE_(note, NULL) /* with a "note"; it must live as long as the trace */

struct drywalk_place {
    const char* file; /* must live as long as the trace: __FILE__ does */
    uint32_t line;
    const char* note;
    const struct drywalk_place* caller; /* NULL: none is known */
};

#ifdef __cplusplus
#define DRYWALK_NUMBER_(number) uint64_t(number)
#define DRYWALK_PLACE_(note, caller) drywalk_address_(drywalk_place{__FILE__, uint32_t{__LINE__}, note, caller})
inline const drywalk_place* drywalk_address_(const drywalk_place& place) { return &place; } // until the event is logged
#else
#define DRYWALK_NUMBER_(number) ((uint64_t)(number))
#define DRYWALK_PLACE_(note, caller) (&(const struct drywalk_place){__FILE__, (uint32_t)__LINE__, note, caller})
#endif

/* ---- What the kernel supplies ---------------------------------------------------------------------------------------
 * Both structures must live as long as the trace. What is zero has the default. Where tracing may be off, put them and
 * the functions that only they name under #if DRYWALK_TRACE. */

enum drywalk_keep {
    drywalk_keep_oldest, /* stop at the first event for which its ring has no room: the log is whole up to there */
    drywalk_keep_newest  /* overwrite: the log begins at the earliest DRYWALK_SNAPSHOT of which nothing is lost */
};

/* One per processor. Only these two are the kernel's to set. */
struct drywalk_ring {
    struct drywalk_record* records; /* any memory of count * sizeof(struct drywalk_record) bytes, aligned to 8 */
    uint32_t count;                 /* a power of two; 64 or more, so that DRYWALK_PAGE has room */
    uint64_t next, lost, overwritten;
};

/* Supply put, or rings. lock and unlock, where lines of several processors would mix in put: lock disables interrupts,
 * takes a lock, and returns what unlock will need, such as the old RFLAGS. NULL: no lock is needed. */
struct drywalk_kernel {
    void (*put)(char character); /* writes one byte, for example to a serial port */
    uint32_t (*cpu)(void);       /* this processor's number, from 0. NULL: there is only one */
    uintptr_t (*lock)(void);
    void (*unlock)(uintptr_t kept);
    struct drywalk_ring* rings; /* one for each of state.cpus processors */
    enum drywalk_keep keep;     /* of rings */
};

/* The header line: what is so when tracing starts. */
struct drywalk_state {
    uint32_t cpus;
    uint64_t memory_bytes;        /* beyond every address that is stored to or released */
    uint64_t cr0, cr3, cr4, efer; /* of every processor */
    uint32_t pkru, pkrs, maxphyaddr;
    const char* vendor; /* "intel", "amd", "amd-tce" or "portable" */
    bool from_middle;   /* there are tables already: tell them next with DRYWALK_PAGE, and each processor's CR3 */
};

#if DRYWALK_TRACE
#define DRYWALK_START(kernel, state) drywalk_start((kernel), (state)) /* one processor, before the others trace */
#define DRYWALK_STOP() drywalk_stop()                                 /* before rings are rendered */
#define DRYWALK_SNAPSHOT(state) drywalk_snapshot(state)               /* the tables follow; the others stand still */
#define DRYWALK_RENDER(cpu, put) drywalk_render((cpu), (put))         /* a ring as JSON Lines: see drywalk_render */
#else
#define DRYWALK_START(kernel, state) ((void)0)
#define DRYWALK_STOP() ((void)0)
#define DRYWALK_SNAPSHOT(state) ((void)0)
#define DRYWALK_RENDER(cpu, put) ((void)0)
#endif

/* ---- Behind the macros ------------------------------------------------------------------------------------------- */

enum drywalk_op {
    drywalk_store,
    drywalk_fill,
    drywalk_page,
    drywalk_mov_cr0,
    drywalk_mov_cr3,
    drywalk_mov_cr4,
    drywalk_wrmsr_efer,
    drywalk_wrmsr_pkrs,
    drywalk_wrpkru,
    drywalk_invlpg,
    drywalk_invpcid,
    drywalk_invlpgb,
    drywalk_tlbsync,
    drywalk_read,
    drywalk_write,
    drywalk_fetch,
    drywalk_release,
    drywalk_page_fault,
    drywalk_mark,
    drywalk_words /* in rings: what did not fit into the drywalk_page before it */
};

#define DRYWALK_WORDS_ 13 /* of a page in one record */

struct drywalk_record {
    uint64_t ready; /* 1 + its number in the ring, once the rest is written */
    uint64_t seq;
    uint32_t cpu;
    uint16_t op;
    uint16_t depth; /* how many places; of drywalk_words: which of them these are */
    union {
        struct {
            uint64_t a, b, c;
            const volatile void* data;
            const char* note;
            const char* file[DRYWALK_FRAMES]; /* innermost first */
            uint32_t line[DRYWALK_FRAMES];
        } event;
        uint64_t words[DRYWALK_WORDS_];
    } as;
};

#ifdef __cplusplus
extern "C" {
#endif
void drywalk_start(const struct drywalk_kernel* kernel, const struct drywalk_state* state);
void drywalk_stop(void);
void drywalk_snapshot(const struct drywalk_state* state);
void drywalk_log(const struct drywalk_place* place, enum drywalk_op op, uint64_t a, uint64_t b, uint64_t c,
                 const volatile void* data);
/* Writes the ring of `cpu` after DRYWALK_STOP. False: nothing is whole, for example no snapshot is left. The files of
 * all processors together are the trace: drywalk check cpu0.jsonl cpu1.jsonl */
bool drywalk_render(uint32_t cpu, void (*put)(char character));
/* How many events the rings have lost. */
uint64_t drywalk_lost(void);
#ifdef __cplusplus
}
#endif

/* ---- The implementation ------------------------------------------------------------------------------------------ */

#if DRYWALK_TRACE && defined(DRYWALK_IMPLEMENTATION)

enum { drywalk_snapshots_ = 4, drywalk_entries_ = 512, drywalk_most_text_ = 1024 };
enum { drywalk_more_ = (drywalk_entries_ + DRYWALK_WORDS_ - 1) / DRYWALK_WORDS_ };

/* `end` is what drywalk_keep_oldest could no longer keep. A snapshot is where drywalk_keep_newest may begin. */
static struct {
    const struct drywalk_kernel* on; /* NULL: not tracing */
    const struct drywalk_kernel* kernel;
    const struct drywalk_state* state;
    uint64_t seq, end; /* seq: the one counter of all processors */
    uint64_t strays;   /* events of processors that have no ring */
    uint32_t cpus;
    struct {
        uint64_t begin;
        const struct drywalk_state* state;
    } snapshot[drywalk_snapshots_];
    uint32_t snapshots;
} drywalk_tracer_;

typedef void (*drywalk_put_)(char character);

static void drywalk_print_text_(drywalk_put_ put, const char* text)
{
    for (; *text != '\0'; ++text)
        put(*text);
}

static void drywalk_print_digits_(drywalk_put_ put, uint64_t number, int digits)
{
    while (digits-- > 0)
        put("0123456789abcdef"[(number >> (4 * digits)) & 15]);
}

static void drywalk_print_hex_(drywalk_put_ put, const char* key, uint64_t number)
{
    int digits = 1;
    while (digits < 16 && number >> (4 * digits) != 0)
        ++digits;
    drywalk_print_text_(put, key);
    drywalk_print_text_(put, ":\"0x");
    drywalk_print_digits_(put, number, digits);
    put('"');
}

static void drywalk_print_decimal_(drywalk_put_ put, uint32_t number)
{
    char digits[10];
    int count = 0;
    do {
        digits[count++] = (char)('0' + (int)(number % 10));
        number /= 10;
    } while (number != 0);
    while (count > 0)
        put(digits[--count]);
}

/* How many bytes at `text` are one character of well-formed UTF-8 (Unicode, table 3-7); 0 if none are. */
static unsigned drywalk_utf8_(const unsigned char* text)
{
    const unsigned lead = text[0], length = lead < 0x80 ? 1 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
    const unsigned least = lead == 0xe0 ? 0xa0 : lead == 0xf0 ? 0x90 : 0x80;
    const unsigned most = lead == 0xed ? 0x9f : lead == 0xf4 ? 0x8f : 0xbf;
    unsigned index;
    if (length == 1) return 1;
    if (lead < 0xc2 || lead > 0xf4 || text[1] < least || text[1] > most) return 0;
    for (index = 2; index < length; ++index)
        if ((text[index] & 0xc0) != 0x80) return 0;
    return length;
}

/* One character of a JSON string: a control character, or what is no UTF-8, becomes U+FFFD. Returns the rest. */
static const unsigned char* drywalk_print_character_(drywalk_put_ put, const unsigned char* text)
{
    unsigned length = drywalk_utf8_(text);
    if (length == 0 || *text < 0x20) {
        drywalk_print_text_(put, "\\ufffd");
        return text + 1;
    }
    if (*text == '"' || *text == '\\') put('\\');
    for (; length > 0; --length)
        put((char)*text++);
    return text;
}

/* The inside of a JSON string. What is too long for a line of a trace ends in "...". */
static void drywalk_print_escaped_(drywalk_put_ put, const char* string)
{
    const unsigned char* text = (const unsigned char*)string;
    const unsigned char* const begin = text;
    if (text == NULL) return;
    while (*text != 0 && text - begin < drywalk_most_text_)
        text = drywalk_print_character_(put, text);
    if (*text != 0) drywalk_print_text_(put, "...");
}

static void drywalk_print_string_(drywalk_put_ put, const char* key, const char* string)
{
    drywalk_print_text_(put, key);
    drywalk_print_text_(put, ":\"");
    drywalk_print_escaped_(put, string);
    put('"');
}

static void drywalk_print_flag_(drywalk_put_ put, const char* key, bool set)
{
    if (set) drywalk_print_text_(put, key);
}

static void drywalk_print_header_(drywalk_put_ put, const struct drywalk_state* state, bool from_middle)
{
    drywalk_print_text_(put, "{\"drywalk_trace\":2");
    if (state->cpus != 0) drywalk_print_hex_(put, ",\"cpus\"", state->cpus);
    if (state->memory_bytes != 0) drywalk_print_hex_(put, ",\"memory_bytes\"", state->memory_bytes);
    if (state->vendor != NULL) drywalk_print_string_(put, ",\"vendor\"", state->vendor);
    if (state->cr0 != 0) drywalk_print_hex_(put, ",\"cr0\"", state->cr0);
    if (state->cr3 != 0) drywalk_print_hex_(put, ",\"cr3\"", state->cr3);
    if (state->cr4 != 0) drywalk_print_hex_(put, ",\"cr4\"", state->cr4);
    if (state->efer != 0) drywalk_print_hex_(put, ",\"efer\"", state->efer);
    if (state->pkru != 0) drywalk_print_hex_(put, ",\"pkru\"", state->pkru);
    if (state->pkrs != 0) drywalk_print_hex_(put, ",\"pkrs\"", state->pkrs);
    if (state->maxphyaddr != 0) drywalk_print_hex_(put, ",\"maxphyaddr\"", state->maxphyaddr);
    drywalk_print_flag_(put, ",\"from\":\"middle\"", from_middle);
    drywalk_print_text_(put, "}\n");
}

static void drywalk_print_frame_(drywalk_put_ put, const struct drywalk_record* record, unsigned frame)
{
    put('"');
    drywalk_print_escaped_(put, record->as.event.file[frame]);
    put(':');
    drywalk_print_decimal_(put, record->as.event.line[frame]);
    put('"');
}

static void drywalk_print_place_(drywalk_put_ put, const struct drywalk_record* record)
{
    unsigned frame = record->depth;
    if (frame == 0) return;
    drywalk_print_text_(put, frame == 1 ? ",\"src\":" : ",\"stack\":[");
    while (frame-- > 0) {
        drywalk_print_frame_(put, record, frame);
        if (frame != 0) put(',');
    }
    if (record->depth > 1) put(']');
}

/* The 8 bytes of an entry in the order of their addresses. */
static void drywalk_print_entry_(drywalk_put_ put, uint64_t entry)
{
    int byte;
    for (byte = 0; byte < 8; ++byte)
        drywalk_print_digits_(put, entry >> (8 * byte), 2);
}

/* `words`: the ring in which the entries follow; NULL: they are where the event's data points. */
static void drywalk_print_entries_(drywalk_put_ put, const struct drywalk_record* record,
                                   const struct drywalk_ring* words)
{
    const volatile uint64_t* const entries = (const volatile uint64_t*)record->as.event.data;
    uint32_t index;
    drywalk_print_text_(put, ",\"hex\":\"");
    for (index = 0; index < drywalk_entries_; ++index) {
        if (words == NULL) {
            drywalk_print_entry_(put, entries[index]);
        } else {
            const uint64_t number = record->ready + index / DRYWALK_WORDS_;
            drywalk_print_entry_(put, words->records[number & (words->count - 1)].as.words[index % DRYWALK_WORDS_]);
        }
    }
    put('"');
}

static void drywalk_print_access_(drywalk_put_ put, uint64_t va, uint64_t size, uint64_t flags)
{
    drywalk_print_hex_(put, ",\"va\"", va);
    if (size > 1) drywalk_print_hex_(put, ",\"size\"", size);
    drywalk_print_flag_(put, ",\"user\":true", (flags & DRYWALK_USER) != 0);
    drywalk_print_flag_(put, ",\"ac\":true", (flags & DRYWALK_AC) != 0);
}

static void drywalk_print_invpcid_(drywalk_put_ put, uint64_t type, uint64_t pcid, uint64_t va)
{
    drywalk_print_hex_(put, ",\"type\"", type);
    if (type < 2) drywalk_print_hex_(put, ",\"pcid\"", pcid);
    if (type < 1) drywalk_print_hex_(put, ",\"va\"", va);
}

/* The operands as the instruction has them ([amd/vol3] INVLPGB). */
static void drywalk_print_invlpgb_(drywalk_put_ put, uint64_t rax, uint64_t ecx, uint64_t edx)
{
    if ((rax & 1) != 0) drywalk_print_hex_(put, ",\"va\"", rax & ~UINT64_C(0xfff));
    if ((rax & 2) != 0) drywalk_print_hex_(put, ",\"pcid\"", (edx >> 16) & 0xfff);
    if ((rax & 4) != 0) drywalk_print_hex_(put, ",\"asid\"", edx & 0xffff);
    drywalk_print_flag_(put, ",\"global\":true", (rax & 8) != 0);
    drywalk_print_flag_(put, ",\"final\":true", (rax & 16) != 0);
    drywalk_print_flag_(put, ",\"nested\":true", (rax & 32) != 0);
    drywalk_print_flag_(put, ",\"stride_2m\":true", (ecx & 0x80000000U) != 0);
    if ((ecx & 0xffff) != 0) drywalk_print_hex_(put, ",\"count\"", ecx & 0xffff);
}

static void drywalk_print_operands_(drywalk_put_ put, const struct drywalk_record* record,
                                    const struct drywalk_ring* words)
{
    const uint64_t a = record->as.event.a, b = record->as.event.b, c = record->as.event.c;
    const bool linear = record->op == drywalk_invlpg || record->op == drywalk_page_fault;
    switch ((enum drywalk_op)record->op) {
    case drywalk_invpcid: drywalk_print_invpcid_(put, a, b, c); break;
    case drywalk_invlpgb: drywalk_print_invlpgb_(put, a, b, c); break;
    case drywalk_read:
    case drywalk_write:
    case drywalk_fetch: drywalk_print_access_(put, a, b, c); break;
    case drywalk_mark: drywalk_print_string_(put, ",\"name\"", (const char*)(uintptr_t)record->as.event.data); break;
    case drywalk_tlbsync:
    case drywalk_words: break;
    case drywalk_mov_cr0:
    case drywalk_mov_cr3:
    case drywalk_mov_cr4:
    case drywalk_wrmsr_efer:
    case drywalk_wrmsr_pkrs:
    case drywalk_wrpkru: drywalk_print_hex_(put, ",\"value\"", a); break;
    default:
        drywalk_print_hex_(put, linear ? ",\"va\"" : ",\"pa\"", a);
        if (record->op == drywalk_store || record->op == drywalk_fill) drywalk_print_hex_(put, ",\"value\"", b);
        if (record->op == drywalk_release) drywalk_print_hex_(put, ",\"bytes\"", b);
        if (record->op == drywalk_page) drywalk_print_entries_(put, record, words);
    }
}

static void drywalk_print_event_(drywalk_put_ put, const struct drywalk_record* record, uint64_t seq,
                                 const struct drywalk_ring* words)
{
    static const char* const names[] = {"store",   "fill",       "page",       "mov_cr0", "mov_cr3",
                                        "mov_cr4", "wrmsr_efer", "wrmsr_pkrs", "wrpkru",  "invlpg",
                                        "invpcid", "invlpgb",    "tlbsync",    "read",    "write",
                                        "fetch",   "release",    "page_fault", "mark"};
    drywalk_print_string_(put, "{\"op\"", names[record->op]);
    drywalk_print_operands_(put, record, words);
    if (record->cpu != 0) drywalk_print_hex_(put, ",\"cpu\"", record->cpu);
    drywalk_print_hex_(put, ",\"seq\"", seq);
    drywalk_print_place_(put, record);
    if (record->as.event.note != NULL) drywalk_print_string_(put, ",\"note\"", record->as.event.note);
    drywalk_print_text_(put, "}\n");
}

static void drywalk_describe_place_(struct drywalk_record* record, const struct drywalk_place* place)
{
    record->depth = 0;
    record->as.event.note = NULL;
    for (; place != NULL; place = place->caller) {
        const unsigned frame = record->depth < DRYWALK_FRAMES ? record->depth++ : DRYWALK_FRAMES - 1U;
        record->as.event.file[frame] = place->file;
        record->as.event.line[frame] = place->line;
        if (record->as.event.note == NULL) record->as.event.note = place->note;
    }
}

static void drywalk_describe_(struct drywalk_record* record, const struct drywalk_place* place, uint64_t a, uint64_t b,
                              uint64_t c, const volatile void* data)
{
    record->as.event.a = a;
    record->as.event.b = b;
    record->as.event.c = c;
    record->as.event.data = data;
    if (record->op == drywalk_mov_cr3 && b != 0) record->cpu = (uint32_t)(b - 1); /* DRYWALK_CR3_OF */
    drywalk_describe_place_(record, place);
}

/* Makes *number at least, or with `lower` at most, `limit`. */
static void drywalk_bound_(uint64_t* number, uint64_t limit, bool lower)
{
    uint64_t old = __atomic_load_n(number, __ATOMIC_RELAXED);
    while ((lower ? old > limit : old < limit) &&
           !__atomic_compare_exchange_n(number, &old, limit, false, __ATOMIC_RELAXED, __ATOMIC_RELAXED)) {
    }
}

/* Takes the record of that number in the ring; the event that it held is lost. */
static struct drywalk_record* drywalk_claim_(struct drywalk_ring* ring, uint64_t number, enum drywalk_op op,
                                             uint64_t seq, uint32_t cpu)
{
    struct drywalk_record* const record = &ring->records[number & (ring->count - 1)];
    if (record->ready != 0) {
        if (record->op != drywalk_words) __atomic_fetch_add(&ring->lost, 1, __ATOMIC_RELAXED);
        drywalk_bound_(&ring->overwritten, record->seq + 1, false);
    }
    __atomic_store_n(&record->ready, 0, __ATOMIC_RELAXED);
    record->seq = seq;
    record->cpu = cpu;
    record->op = (uint16_t)op;
    return record;
}

static void drywalk_publish_(struct drywalk_record* record, uint64_t number)
{
    __atomic_store_n(&record->ready, number + 1, __ATOMIC_RELEASE);
}

static void drywalk_keep_words_(struct drywalk_ring* ring, uint64_t number, uint64_t seq, uint32_t cpu,
                                const volatile uint64_t* entries)
{
    uint32_t done = 0, word;
    uint16_t part = 0;
    while (done < drywalk_entries_) {
        struct drywalk_record* const record = drywalk_claim_(ring, ++number, drywalk_words, seq, cpu);
        record->depth = part++;
        for (word = 0; word < DRYWALK_WORDS_ && done < drywalk_entries_; ++word)
            record->as.words[word] = entries[done++];
        drywalk_publish_(record, number);
    }
}

/* Takes `needed` records that follow each other. False: there is no room. */
static bool drywalk_reserve_(const struct drywalk_kernel* kernel, struct drywalk_ring* ring, uint64_t seq,
                             uint32_t needed, uint64_t* number)
{
    *number = __atomic_fetch_add(&ring->next, needed, __ATOMIC_RELAXED);
    if (kernel->keep == drywalk_keep_newest || *number + needed <= ring->count) return true;
    drywalk_bound_(&drywalk_tracer_.end, seq, true);
    return false;
}

/* The fetch-and-add of `seq` is a full barrier: a store before it is visible to all when the event gets its number. */
static void drywalk_keep_(const struct drywalk_kernel* kernel, uint32_t cpu, const struct drywalk_place* place,
                          enum drywalk_op op, uint64_t a, uint64_t b, uint64_t c, const volatile void* data)
{
    struct drywalk_ring* const ring = &kernel->rings[cpu];
    struct drywalk_record* record;
    uint64_t number = 0, seq;
    if (__atomic_load_n(&drywalk_tracer_.end, __ATOMIC_RELAXED) != UINT64_MAX) {
        __atomic_fetch_add(&ring->lost, 1, __ATOMIC_RELAXED);
        return;
    }
    seq = __atomic_fetch_add(&drywalk_tracer_.seq, 1, __ATOMIC_SEQ_CST);
    if (!drywalk_reserve_(kernel, ring, seq, op == drywalk_page ? 1 + drywalk_more_ : 1, &number)) {
        __atomic_fetch_add(&ring->lost, 1, __ATOMIC_RELAXED);
        return;
    }
    record = drywalk_claim_(ring, number, op, seq, cpu);
    drywalk_describe_(record, place, a, b, c, data);
    if (op == drywalk_page) drywalk_keep_words_(ring, number, seq, cpu, (const volatile uint64_t*)data);
    drywalk_publish_(record, number);
}

static void drywalk_write_(const struct drywalk_kernel* kernel, uint32_t cpu, const struct drywalk_place* place,
                           enum drywalk_op op, uint64_t a, uint64_t b, uint64_t c, const volatile void* data)
{
    struct drywalk_record record;
    const uintptr_t kept = kernel->lock == NULL ? 0 : kernel->lock();
    record.ready = 0;
    record.op = (uint16_t)op;
    record.cpu = cpu;
    drywalk_describe_(&record, place, a, b, c, data);
    drywalk_print_event_(kernel->put, &record, __atomic_fetch_add(&drywalk_tracer_.seq, 1, __ATOMIC_SEQ_CST), NULL);
    if (kernel->unlock != NULL) kernel->unlock(kept);
}

static void drywalk_log_one_(const struct drywalk_place* place, enum drywalk_op op, uint64_t a, uint64_t b, uint64_t c,
                             const volatile void* data)
{
    const struct drywalk_kernel* const kernel = __atomic_load_n(&drywalk_tracer_.on, __ATOMIC_ACQUIRE);
    const uint32_t cpu = kernel == NULL || kernel->cpu == NULL ? 0 : kernel->cpu();
    if (kernel == NULL) return;
    if (kernel->rings == NULL) {
        drywalk_write_(kernel, cpu, place, op, a, b, c, data);
    } else if (cpu < drywalk_tracer_.cpus) {
        drywalk_keep_(kernel, cpu, place, op, a, b, c, data);
    } else {
        drywalk_bound_(&drywalk_tracer_.end, __atomic_load_n(&drywalk_tracer_.seq, __ATOMIC_SEQ_CST), true);
        __atomic_fetch_add(&drywalk_tracer_.strays, 1, __ATOMIC_RELAXED);
    }
}

void drywalk_log(const struct drywalk_place* place, enum drywalk_op op, uint64_t a, uint64_t b, uint64_t c,
                 const volatile void* data)
{
    const bool access = op == drywalk_read || op == drywalk_write || op == drywalk_fetch;
    while (access && (a & 0xfff) + b > 0x1000) {
        const uint64_t part = 0x1000 - (a & 0xfff);
        drywalk_log_one_(place, op, a, part, c, data);
        a += part;
        b -= part;
    }
    drywalk_log_one_(place, op, a, b, c, data);
}

void drywalk_snapshot(const struct drywalk_state* state)
{
    const uint32_t index = drywalk_tracer_.snapshots++ % drywalk_snapshots_;
    drywalk_tracer_.snapshot[index].begin = __atomic_load_n(&drywalk_tracer_.seq, __ATOMIC_SEQ_CST);
    drywalk_tracer_.snapshot[index].state = state;
}

static void drywalk_clear_ring_(struct drywalk_ring* ring)
{
    uint32_t index;
    ring->next = ring->lost = ring->overwritten = 0;
    for (index = 0; index < ring->count; ++index)
        __atomic_store_n(&ring->records[index].ready, 0, __ATOMIC_RELAXED);
}

void drywalk_start(const struct drywalk_kernel* kernel, const struct drywalk_state* state)
{
    uint32_t cpu;
    drywalk_tracer_.kernel = kernel;
    drywalk_tracer_.cpus = state->cpus == 0 ? 1 : state->cpus;
    drywalk_tracer_.seq = drywalk_tracer_.strays = 0;
    drywalk_tracer_.end = UINT64_MAX;
    drywalk_tracer_.state = state;
    drywalk_tracer_.snapshots = 0;
    for (cpu = 0; kernel->rings != NULL && cpu < drywalk_tracer_.cpus; ++cpu)
        drywalk_clear_ring_(&kernel->rings[cpu]);
    if (kernel->rings == NULL) drywalk_print_header_(kernel->put, state, state->from_middle);
    __atomic_store_n(&drywalk_tracer_.on, kernel, __ATOMIC_RELEASE);
}

void drywalk_stop(void) { __atomic_store_n(&drywalk_tracer_.on, NULL, __ATOMIC_RELEASE); }

uint64_t drywalk_lost(void)
{
    const struct drywalk_kernel* const kernel = drywalk_tracer_.kernel;
    uint64_t lost = drywalk_tracer_.strays;
    uint32_t cpu;
    for (cpu = 0; kernel != NULL && kernel->rings != NULL && cpu < drywalk_tracer_.cpus; ++cpu)
        lost += __atomic_load_n(&kernel->rings[cpu].lost, __ATOMIC_RELAXED);
    return lost;
}

/* Where a whole log can begin: at the start, or at the earliest snapshot of which no ring has lost anything. */
static const struct drywalk_state* drywalk_begin_(uint64_t* begin)
{
    const struct drywalk_state* state = NULL;
    uint64_t whole = 0;
    uint32_t index;
    for (index = 0; index < drywalk_tracer_.cpus; ++index)
        drywalk_bound_(&whole, drywalk_tracer_.kernel->rings[index].overwritten, false);
    *begin = whole == 0 ? 0 : UINT64_MAX;
    if (whole == 0) return drywalk_tracer_.state;
    for (index = 0; index < drywalk_snapshots_ && index < drywalk_tracer_.snapshots; ++index) {
        if (drywalk_tracer_.snapshot[index].begin < whole || drywalk_tracer_.snapshot[index].begin >= *begin) continue;
        *begin = drywalk_tracer_.snapshot[index].begin;
        state = drywalk_tracer_.snapshot[index].state;
    }
    return state;
}

static struct drywalk_record* drywalk_at_(const struct drywalk_ring* ring, uint64_t number)
{
    return &ring->records[number & (ring->count - 1)];
}

/* By number, the words of a page behind it; last what was never finished. */
static bool drywalk_before_(const struct drywalk_record* left, const struct drywalk_record* right)
{
    if (left->ready == 0 || right->ready == 0) return left->ready != 0;
    if (left->seq != right->seq) return left->seq < right->seq;
    if (left->op != drywalk_words || right->op != drywalk_words) return left->op != drywalk_words;
    return left->depth < right->depth;
}

static void drywalk_copy_(struct drywalk_record* to, const struct drywalk_record* from)
{
    size_t byte;
    for (byte = 0; byte < sizeof *to; ++byte) /* volatile: no call of memcpy */
        ((volatile unsigned char*)to)[byte] = ((const volatile unsigned char*)from)[byte];
}

/* An interrupt, or another thread, between an event's number and its record leaves them in another order. That is
 * seldom, so nearly every record stays where it is. */
static void drywalk_sort_(struct drywalk_ring* ring, uint64_t first, uint64_t last)
{
    struct drywalk_record moved;
    uint64_t number, to;
    for (number = first; number < last; ++number) {
        struct drywalk_record* const record = drywalk_at_(ring, number);
        if (record->ready != number + 1) record->ready = 0;
        if (number == first || !drywalk_before_(record, drywalk_at_(ring, number - 1))) continue;
        drywalk_copy_(&moved, record);
        for (to = number; to > first && drywalk_before_(&moved, drywalk_at_(ring, to - 1)); --to)
            drywalk_copy_(drywalk_at_(ring, to), drywalk_at_(ring, to - 1));
        drywalk_copy_(drywalk_at_(ring, to), &moved);
    }
    for (number = first; number < last; ++number)
        if (drywalk_at_(ring, number)->ready != 0) drywalk_at_(ring, number)->ready = number + 1;
}

/* The last line of each ring, if any has lost something. */
static void drywalk_render_lost_(drywalk_put_ put, uint32_t cpu, uint64_t begin)
{
    const uint64_t lost = drywalk_lost();
    const uint64_t end = drywalk_tracer_.end < drywalk_tracer_.seq ? drywalk_tracer_.end : drywalk_tracer_.seq;
    if (lost == 0) return;
    drywalk_print_hex_(put, "{\"op\":\"mark\",\"seq\"", end - begin + cpu);
    if (cpu != 0) drywalk_print_hex_(put, ",\"cpu\"", cpu);
    drywalk_print_text_(put, ",\"name\":\"events lost: ");
    drywalk_print_decimal_(put, lost < UINT32_MAX ? (uint32_t)lost : UINT32_MAX);
    drywalk_print_text_(put, "\"}\n");
}

static void drywalk_render_events_(drywalk_put_ put, struct drywalk_ring* ring, uint64_t begin)
{
    const bool full = ring->next > ring->count, newest = drywalk_tracer_.kernel->keep == drywalk_keep_newest;
    const uint64_t last = full && !newest ? ring->count : ring->next;
    uint64_t number = full && newest ? ring->next - ring->count : 0;
    drywalk_sort_(ring, number, last);
    for (; number < last; ++number) {
        const struct drywalk_record* const record = drywalk_at_(ring, number);
        if (record->ready == 0 || record->op == drywalk_words) continue;
        if (record->seq < begin || record->seq >= drywalk_tracer_.end) continue;
        drywalk_print_event_(put, record, record->seq - begin, ring);
    }
}

bool drywalk_render(uint32_t cpu, void (*put)(char character))
{
    uint64_t begin;
    const struct drywalk_state* const state = drywalk_begin_(&begin);
    if (state == NULL) return false;
    drywalk_print_header_(put, state, state->from_middle || begin != 0);
    drywalk_render_events_(put, &drywalk_tracer_.kernel->rings[cpu], begin);
    drywalk_render_lost_(put, cpu, begin);
    return true;
}

#endif
