-- The privacy notice and the terms, version by version, and who accepted which of them when and from where.

-- A published version is never changed: a correction is the next version. The newest one is in force.
create table documents (
    kind text not null constraint documents_kind_known check (kind in ('privacy', 'terms')),
    version integer not null constraint documents_version_from_one check (version >= 1),
    dated date not null,
    body text not null constraint documents_body_given check (length(btrim(body)) > 0),
    text_hash bytea not null,
    primary key (kind, version),
    constraint documents_hash_of_body check (text_hash = sha256(convert_to(body, 'UTF8'))),
    -- An acceptance names the text too, so it cannot name a text that was never published.
    constraint documents_text_key unique (kind, version, text_hash)
);
create trigger documents_only_grow before update or delete on documents for each row execute function refuse_change();
create trigger documents_no_truncate before truncate on documents for each statement execute function refuse_change();

create function publish_document(its_kind text, its_version integer, its_date date, its_body text) returns void language sql as $$
    insert into documents (kind, version, dated, body, text_hash)
    values (its_kind, its_version, its_date, its_body, sha256(convert_to(its_body, 'UTF8')))
$$;
revoke execute on function publish_document(text, integer, date, text) from public;

create table acceptances (
    id uuid primary key,
    user_id uuid not null references users (id),
    document text not null,
    version integer not null,
    text_hash bytea not null,
    accepted_at timestamptz not null,
    network text,
    constraint acceptances_once unique (user_id, document, version),
    constraint acceptances_of_a_published_text foreign key (document, version, text_hash)
        references documents (kind, version, text_hash)
);
create trigger acceptances_only_grow before update or delete on acceptances for each row execute function refuse_change();
create trigger acceptances_no_truncate before truncate on acceptances for each statement execute function refuse_change();
create trigger acceptances_noted after insert on acceptances for each row execute function note_change(
    'user', 'user_id', 'document, version', 'document, version, accepted_at', 'id, user_id');

select publish_document('privacy', 1, '2026-11-21', $text$The agency that runs this site keeps what it needs to bring people and companies together, and nothing to sell. This notice says what that is.

# What is kept
Of everybody with an account: name, address, a hash of the password, when and from which network you signed in, and what you did here: a log that nobody can rewrite says who did what and when.

Of companies: what you write in requests, who your contacts are, the agreement you accepted, and your decisions about people.

Of developers: your profile, hours and pay as you enter them; skills with where each statement comes from; checks and their results; what you upload for a challenge and how it was graded; introductions, offers and placements.

Of visitors: a form you began at the page for requests, without its password, so that your browser finds it again; and, in a form from which it cannot be read, from which network something was tried too often.

# For how long
A form that a visitor began: 30 days after it was last touched, then it is deleted.

A session: until you sign out, 14 days without use, or 30 days in all.

Everything else: as long as the account or the business with you lasts, and after that as long as the law asks for records. Nothing of it is deleted by a clock; ask us, and we look at what may go.

# Who sees it
The agency's staff. A client sees a developer only after the developer said yes to that introduction, and the name only once an interview is agreed. A developer sees of a client what the introduction says. Letters leave through the agency's mail provider. Nothing is given to advertisers, and no page loads anything from somebody else.

# Decisions
A formula orders lists, and is published on this site. It rejects nobody: people decide.

# Your rights
Access: you see your own data on your pages, and can ask for a copy of the rest.

Correction: change it yourself, or tell us what is wrong.

Erasure: ask, and we delete what no law makes us keep. In the log your personal values stand as hashes only; with the erasure they become unreadable.

Withdrawal: a consent can be taken back at any time, each introduction as well as the whole profile. What was done before stays lawful.

# How to ask
Write to the person at the agency you are in touch with, from the address of your account. You have an answer within one month. You may also complain to your data protection authority.
$text$);

select publish_document('terms', 1, '2026-11-21', $text$These terms are between you and the agency that runs this site. They are short; what a placement costs and promises stands in the agreement and the offer, which are accepted apart from them.

# What the site is for
Companies say whom they need, developers say what they can do, and the agency brings them together. Using the site costs nothing.

# What binds and what does not
A request, an application and an introduction bind nobody. A hire needs an agreement with the client, an offer by the agency, and the developer's acceptance.

# What you write
It is true as far as you know, it is yours to share, and you correct it when it changes. Do not upload what belongs to somebody else.

# What you read
What you learn here of a person or a company you use for this hire only, and you pass it on to nobody outside it.

# Your account
It is yours alone: colleagues get accounts of their own. Tell us when you think that somebody else uses it. You may ask us to close it at any time; the agency may close one that is misused, and says why.

# The agency's part
We answer what you send, we show developers to a client only with their yes, we say honestly when a hire is the wrong answer, and we keep your data as the privacy notice says.

# When these terms change
A new version gets a new number. Nobody is moved to it silently: you find it on your home and accept it there. Older versions stay readable.
$text$);
