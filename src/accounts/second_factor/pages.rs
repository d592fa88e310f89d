//! /account/second-factor: setting it up, new recovery codes, turning it off. /admin/settings: whether staff must have one.

use actix_web::{HttpResponse, web};
use askama::Template;
use serde::Deserialize;

use super::store::{self, Factor};
use super::{Codes, actions, picture};
use crate::accounts::limits;
use crate::db::Db;
use crate::error::{AppError, AppResult};
use crate::throttle;
use crate::tokens::Tokens;
use crate::web::{
    Act, Admin, Form, FormErrors, Frame, Layout, Now, Proven, Routes, Section, SignedIn, page, render, see_other,
};

/// Mounts the routes.
pub fn routes(r: &mut Routes) {
    r.get("/account/second-factor", factor_page);
    r.post("/account/second-factor/begin", begin);
    r.post("/account/second-factor/confirm", confirm);
    r.post("/account/second-factor/codes", renew_codes);
    r.post("/account/second-factor/off", turn_off);
    r.get("/admin/settings", settings_page);
    r.post("/admin/settings/second-factor", demand);
}

/// What an app needs to know.
struct Setup {
    key: String,
    side: i32,
    path: String,
}

#[derive(Template)]
#[template(path = "accounts/second_factor.html")]
struct FactorPage {
    layout: Layout,
    is_on: bool,
    codes_left: i64,
    demanded: bool,
    setup: Option<Setup>,
    /// Shown once.
    codes: Vec<String>,
    errors: FormErrors,
}

fn is_on(factor: Option<&Factor>) -> bool {
    factor.is_some_and(|factor| factor.confirmed_at.is_some())
}

/// What the page says besides the state.
#[derive(Default)]
struct Aside {
    codes: Vec<String>,
    errors: FormErrors,
}

async fn shown(db: &Db, tokens: &Tokens, signed_in: &SignedIn, frame: Frame, aside: Aside) -> AppResult<HttpResponse> {
    let viewer = &signed_in.0;
    let factor = store::factor(&mut *db.conn().await?, viewer.user).await?;
    let layout = frame.layout(Section::Other);
    let setup = factor
        .as_ref()
        .filter(|factor| factor.confirmed_at.is_none())
        .and_then(|factor| {
            let codes = Codes::new(tokens, factor.salt);
            let (side, path) = picture(&codes.address(&layout.site_name, &viewer.email))?;
            let key = codes.key();
            Some(Setup { key, side, path })
        });
    let status = aside.errors.status();
    render(
        status,
        &FactorPage {
            is_on: is_on(factor.as_ref()),
            codes_left: factor.map_or(0, |factor| factor.codes_left),
            demanded: viewer.role.is_staff() && viewer.staff_need_one,
            layout,
            setup,
            codes: aside.codes,
            errors: aside.errors,
        },
    )
}

async fn factor_page(
    signed_in: SignedIn,
    db: web::ThinData<Db>,
    tokens: web::ThinData<Tokens>,
    frame: Frame,
) -> AppResult<HttpResponse> {
    shown(&db, &tokens, &signed_in, frame, Aside::default()).await
}

async fn begin(signed_in: SignedIn, _proven: Proven, db: web::ThinData<Db>, now: Now) -> AppResult<HttpResponse> {
    let mut tx = db.begin().await?;
    actions::begin(&mut tx, now.0, signed_in.0.user).await?;
    tx.commit().await?;
    Ok(see_other("/account/second-factor"))
}

#[derive(Deserialize)]
struct CodeForm {
    #[serde(default)]
    code: String,
}

async fn confirm(
    signed_in: SignedIn,
    _proven: Proven,
    act: Act,
    tokens: web::ThinData<Tokens>,
    frame: Frame,
    Form(input): Form<CodeForm>,
) -> AppResult<HttpResponse> {
    let charges = limits::code(&tokens, signed_in.0.user);
    let mut tx = act.begin().await?;
    throttle::charge(&mut tx, act.at, &charges).await?;
    let made = actions::confirm(&mut tx, &act.by, act.at, &tokens, &signed_in.0, &input.code).await?;
    if made.is_some() {
        throttle::give_back(&mut tx, act.at, &charges).await?;
    }
    tx.commit().await?;
    let aside = match made {
        Some(codes) => Aside {
            codes,
            ..Aside::default()
        },
        None => Aside {
            errors: FormErrors::one(
                "code",
                "This code is not right. Type the one the app shows now; the phone's clock must be right.",
            ),
            ..Aside::default()
        },
    };
    shown(&act.db, &tokens, &signed_in, frame, aside).await
}

async fn renew_codes(
    signed_in: SignedIn,
    _proven: Proven,
    act: Act,
    tokens: web::ThinData<Tokens>,
    frame: Frame,
) -> AppResult<HttpResponse> {
    let mut tx = act.begin().await?;
    let codes = actions::renew_codes(&mut tx, &act.by, act.at, &tokens, &signed_in.0).await?;
    tx.commit().await?;
    let aside = Aside {
        codes,
        ..Aside::default()
    };
    shown(&act.db, &tokens, &signed_in, frame, aside).await
}

async fn turn_off(signed_in: SignedIn, _proven: Proven, act: Act) -> AppResult<HttpResponse> {
    let mut tx = act.begin().await?;
    actions::turn_off(&mut tx, &act.by, act.at, &signed_in.0).await?;
    let said = "Your password alone opens the account now.";
    act.done(tx, said, "/account/second-factor").await
}

#[derive(Template)]
#[template(path = "accounts/settings.html")]
struct SettingsPage {
    layout: Layout,
    demanded: bool,
    without: i64,
    /// Whether the admin who looks has a second factor.
    own: bool,
}

async fn settings_page(admin: Admin, db: web::ThinData<Db>, frame: Frame) -> AppResult<HttpResponse> {
    let without = store::staff_without(&mut *db.conn().await?).await?;
    page(&SettingsPage {
        layout: frame.layout(Section::Admin),
        demanded: admin.0.staff_need_one,
        without,
        own: admin.0.has_second_factor,
    })
}

#[derive(Deserialize)]
struct DemandForm {
    #[serde(default)]
    demand: String,
}

async fn demand(admin: Admin, _proven: Proven, act: Act, Form(input): Form<DemandForm>) -> AppResult<HttpResponse> {
    let demanded = match input.demand.as_str() {
        "yes" => true,
        "no" => false,
        _ => return Err(AppError::Invalid("Say yes or no.".into())),
    };
    let mut tx = act.begin().await?;
    actions::demand(&mut tx, &act.by, act.at, &admin.0, demanded).await?;
    let said = if demanded {
        "Staff without a second factor are asked to set one up with their next page."
    } else {
        "A second factor is everybody's own choice now."
    };
    act.done(tx, said, "/admin/settings").await
}
